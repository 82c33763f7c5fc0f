namespace Gateway.Observability;

/// <summary>
/// Whether this instance should get requests. A store that is away does not take a warm instance out: it serves what it knows, and
/// all instances would leave at once.
/// </summary>
/// <param name="storeTrouble">One word for why the store can't be used; null when it can. Asked at every probe: no I/O.</param>
/// <param name="isWarm">True when at least one credential is in memory and can be sent. Asked at every probe: no I/O.</param>
/// <param name="stopping">From here on the instance is not ready, while requests under way end.</param>
public sealed class Readiness(Func<string?> storeTrouble, Func<bool> isWarm, CancellationToken stopping)
{
    /// <summary>True when connections are known that no configured key opens. Asked at every probe: no I/O. Default: never.</summary>
    public Func<bool> IsKeyMissing { get; init; } = static () => false;

    /// <summary>What stands in the way: <c>stopping</c>, or <c>store:why</c>; empty when ready.</summary>
    public IReadOnlyList<string> Reasons()
    {
        if (stopping.IsCancellationRequested)
        {
            return ["stopping"];
        }

        return storeTrouble() is { } trouble && !isWarm() ? [$"store:{trouble}"] : [];
    }

    /// <summary>
    /// What an operator should know of an instance that gets requests all the same: <c>store:why</c> while it serves from memory alone, and
    /// <c>store:key_missing</c>; empty when all is well.
    /// </summary>
    public IReadOnlyList<string> Warnings() =>
    [
        .. storeTrouble() is { } trouble && isWarm() ? [$"store:{trouble}"] : Array.Empty<string>(),
        .. IsKeyMissing() ? ["store:key_missing"] : Array.Empty<string>(),
    ];
}
