using System.Diagnostics.Metrics;

namespace Gateway.Observability.Exporting;

/// <summary>
/// What becomes of one signal on its way to the collector, which the SDK keeps to itself: counted for each batch, and told in the log when
/// it changes.
/// </summary>
/// <param name="signal"><c>traces</c>, <c>metrics</c> or <c>logs</c>.</param>
/// <param name="collector">Scheme, host and port.</param>
/// <param name="capacity">How many items may wait or be under way. Metrics don't wait: what one export misses, the next one says.</param>
/// <param name="log">Tells of the change.</param>
internal sealed class ExportWatch(string signal, string collector, int capacity, ExportLog log)
{
    private readonly KeyValuePair<string, object?> _signal = new(GatewayTags.Signal, signal);

    // Whoever made an item adds it here, the exporting thread takes a batch away when it is done with it.
    private long _waiting;

    // Counted up by the exporting thread, _crowdedOut by whoever made an item; read by scrapes.
    private long _taken;
    private long _failed;
    private long _undelivered;
    private long _crowdedOut;

    // Of the exporting thread alone: how many had got lost either way when it looked last.
    private long _lostBefore;

    /// <summary>Takes a place in the queue, or counts what finds none. The SDK's own queue would drop it without a word.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= capacity)
        {
            return true;
        }

        Interlocked.Decrement(ref _waiting);
        Interlocked.Increment(ref _crowdedOut);
        return false;
    }

    /// <summary>Called by the exporting thread after each batch.</summary>
    /// <param name="isTaken">False when the collector did not take it; then its items are lost.</param>
    /// <param name="items">Of the queue; 0 for metrics.</param>
    public void Exported(bool isTaken, long items)
    {
        Interlocked.Add(ref _waiting, -items);
        Interlocked.Increment(ref isTaken ? ref _taken : ref _failed);
        var lost = Volatile.Read(ref _crowdedOut) + Interlocked.Add(ref _undelivered, isTaken ? 0 : items);
        log.Note(signal, collector, isTaken && lost == _lostBefore, _lostBefore, lost);
        _lostBefore = lost;
    }

    public IEnumerable<Measurement<long>> Exports() =>
    [
        new(Volatile.Read(ref _taken), _signal, new(GatewayTags.Outcome, "success")),
        new(Volatile.Read(ref _failed), _signal, new(GatewayTags.Outcome, "failed")),
    ];

    public IEnumerable<Measurement<long>> Dropped() => capacity == 0 ? [] :
    [
        new(Volatile.Read(ref _crowdedOut), _signal, new(GatewayTags.Reason, "queue_full")),
        new(Volatile.Read(ref _undelivered), _signal, new(GatewayTags.Reason, "export_failed")),
    ];
}
