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
    /// <summary>What stands in the way: <c>stopping</c>, or <c>store:why</c>; empty when ready.</summary>
    public IReadOnlyList<string> Reasons()
    {
        if (stopping.IsCancellationRequested)
        {
            return ["stopping"];
        }

        return storeTrouble() is { } trouble && !isWarm() ? [$"store:{trouble}"] : [];
    }
}
