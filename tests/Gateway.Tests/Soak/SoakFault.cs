namespace Gateway.Tests.Soak;

/// <summary>One way to disturb the soak, from its start to its end.</summary>
/// <param name="Name">In the table.</param>
/// <param name="RunAsync">Disturbs, waits, and puts everything back.</param>
internal sealed record SoakFault(string Name, Func<SoakWorld, Random, Task> RunAsync)
{
    /// <summary>A process may die in the middle of a refresh: the one way in which a strict provider's grant may be lost, if it is named so.</summary>
    public bool MayInterrupt { get; init; }
}
