namespace Gateway.Store.Redis;

/// <summary>Whether the store answers, for health endpoints. Written by the monitor alone, read on any thread.</summary>
public sealed class StoreReadiness
{
    private const string Ready = "ready";

    // One reference holds state and reason, so that a reader sees either the old or the new one.
    private volatile string _reason = "starting";
    private volatile bool _hasBeenReady;

    /// <summary>True while the store answers.</summary>
    public bool IsReady => ReferenceEquals(_reason, Ready);

    /// <summary>
    /// True once the store has answered: from then on the instance serves what it holds in memory, even when the store becomes unavailable.
    /// </summary>
    public bool HasBeenReady => _hasBeenReady;

    /// <summary>
    /// <c>starting</c>, <c>ready</c>, or the reason why not, a word of <c>RedisFault</c>: <c>unreachable</c>, <c>timeout</c>,
    /// <c>loading</c>, …
    /// </summary>
    public string Reason => _reason;

    /// <returns>True when the state has changed.</returns>
    internal bool Answered()
    {
        var hasChanged = !IsReady;
        _hasBeenReady = true;
        _reason = Ready;
        return hasChanged;
    }

    /// <returns>True when the state has changed.</returns>
    internal bool Failed(string reason)
    {
        var hasChanged = _reason != reason;
        _reason = reason;
        return hasChanged;
    }
}
