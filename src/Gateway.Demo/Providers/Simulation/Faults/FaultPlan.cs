namespace Gateway.Demo.Providers;

/// <summary>
/// The active faults of one host. Tests add and remove faults while requests take them; one lock guards the list.
/// </summary>
internal sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<PlannedFault> _planned = [];

    /// <summary>Plans a fault for requests whose target starts with <paramref name="path"/>; <c>/</c> matches all.</summary>
    /// <param name="path">Prefix of the request target as it was sent.</param>
    /// <param name="fault">The fault.</param>
    /// <param name="times">Number of requests; by default until the fault is removed.</param>
    public PlannedFault Add(string path, Fault fault, int times = int.MaxValue) =>
        Add(request => request.Target.StartsWith(path, StringComparison.Ordinal), fault, times);

    /// <summary>Plans a fault for matching requests. The predicate runs before the body is read.</summary>
    public PlannedFault Add(Func<RecordedRequest, bool> matches, Fault fault, int times = int.MaxValue)
    {
        var planned = new PlannedFault(this, matches, fault, times);
        lock (_gate)
        {
            _planned.Add(planned);
        }

        return planned;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _planned.Clear();
        }
    }

    internal void Remove(PlannedFault planned)
    {
        lock (_gate)
        {
            _planned.Remove(planned);
        }
    }

    /// <summary>The faults for this request; counts each as used once.</summary>
    internal IReadOnlyList<Fault> Take(RecordedRequest request)
    {
        lock (_gate)
        {
            return _planned.Count == 0 ? [] : [.. _planned.Where(planned => planned.TryUse(request)).Select(planned => planned.Fault)];
        }
    }
}

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
