namespace Gateway.Store.Availability;

/// <summary>Whether the store answers, for health endpoints. Written by the monitor alone, read by anybody.</summary>
public sealed class StoreReadiness
{
    private const string Ready = "ready";

    // One reference: a reader sees one state or the other.
    private volatile string _reason = "starting";
    private volatile bool _hasBeenReady;

    /// <summary>True while the store answers.</summary>
    public bool IsReady => ReferenceEquals(_reason, Ready);

    /// <summary>True once the store has answered: from then on instances serve what they know, even when it goes away.</summary>
    public bool HasBeenReady => _hasBeenReady;

    /// <summary><c>starting</c>, <c>ready</c>, or why not: <c>unreachable</c>, <c>authentication</c>, <c>timeout</c>, <c>loading</c>, …</summary>
    public string Reason => _reason;

    /// <returns>True when this is news.</returns>
    internal bool Answered()
    {
        var news = !IsReady;
        _hasBeenReady = true;
        _reason = Ready;
        return news;
    }

    /// <returns>True when this is news.</returns>
    internal bool Failed(string reason)
    {
        var news = _reason != reason;
        _reason = reason;
        return news;
    }
}
