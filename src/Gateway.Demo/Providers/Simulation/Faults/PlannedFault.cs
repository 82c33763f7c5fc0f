namespace Gateway.Demo.Providers;

/// <summary>A fault that is switched on; disposing switches it off.</summary>
internal sealed class PlannedFault(FaultPlan plan, Func<RecordedRequest, bool> matches, Fault fault, int times) : IDisposable
{
    private int _used;

    public Fault Fault { get; } = fault;

    /// <summary>Requests that met it.</summary>
    public int Used => Volatile.Read(ref _used);

    public void Dispose() => plan.Remove(this);

    /// <summary>Called under the plan's lock only.</summary>
    internal bool TryUse(RecordedRequest request)
    {
        if (_used >= times || !matches(request))
        {
            return false;
        }

        _used++;
        return true;
    }
}
