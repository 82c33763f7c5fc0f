namespace Gateway.IntegrationTests.Soak;

/// <summary>One way to disturb the soak, from its start to its end.</summary>
/// <param name="Name">In the table.</param>
/// <param name="RunAsync">Disturbs, waits, and puts everything back.</param>
internal sealed record SoakFault(string Name, Func<SoakWorld, Random, Task> RunAsync)
{
    /// <summary>
    /// A process may die in the middle of a refresh: the one way in which a strict provider's grant may be lost, if it is named so.
    /// </summary>
    public bool MayInterrupt { get; init; }

    /// <summary>The provider ends tokens that have just been given: a replay may be refused like the first attempt, and is final.</summary>
    public bool MayReject { get; init; }

    /// <summary>The provider ends a grant for good: callers are told, an operator connects again.</summary>
    public bool Withdraws { get; init; }
}
