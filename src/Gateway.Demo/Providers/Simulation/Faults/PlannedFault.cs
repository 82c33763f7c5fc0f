namespace Gateway.Demo.Providers;

/// <summary>A fault in a <see cref="FaultPlan"/>; disposing removes it.</summary>
internal sealed class PlannedFault(FaultPlan plan, Func<RecordedRequest, bool> matches, Fault fault, int times) : IDisposable
{
    private int _used;

    public Fault Fault { get; } = fault;

    /// <summary>Number of requests to which it was applied.</summary>
    public int Used => Volatile.Read(ref _used);

    public void Dispose() => plan.Remove(this);

    /// <summary>Must be called under the plan's lock.</summary>
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
