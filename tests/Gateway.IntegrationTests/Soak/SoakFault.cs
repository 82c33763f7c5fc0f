namespace Gateway.IntegrationTests.Soak;

/// <summary>A fault of the soak test, from its start to its end.</summary>
/// <param name="Name">Shown in the table.</param>
/// <param name="RunAsync">Causes the fault, waits, and ends it.</param>
internal sealed record SoakFault(string Name, Func<SoakWorld, Random, Task> RunAsync)
{
    /// <summary>
    /// A process may die during a refresh: the only fault that may lose the grant of a strict provider, if the loss is reported.
    /// </summary>
    public bool MayInterrupt { get; init; }

    /// <summary>The provider invalidates new tokens: a replay may be refused like the first attempt, and its 401 is final.</summary>
    public bool MayReject { get; init; }

    /// <summary>The provider revokes a grant: callers get an error, an operator connects again.</summary>
    public bool Withdraws { get; init; }
}
