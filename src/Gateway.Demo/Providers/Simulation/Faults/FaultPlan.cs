namespace Gateway.Demo.Providers;

/// <summary>
/// The faults that are switched on at one host. Tests plan and remove, requests take; one lock guards the list.
/// </summary>
internal sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly List<PlannedFault> _planned = [];

    /// <summary>Plans a fault for the requests whose target starts with <paramref name="path"/> (<c>/</c>: all).</summary>
    /// <param name="path">Start of the request target as it is on the wire.</param>
    /// <param name="fault">What happens.</param>
    /// <param name="times">For how many requests; by default until it is removed.</param>
    public PlannedFault Add(string path, Fault fault, int times = int.MaxValue) =>
        Add(request => request.Target.StartsWith(path, StringComparison.Ordinal), fault, times);

    /// <summary>Plans a fault for the requests that match; their bodies have not been read yet.</summary>
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

    /// <summary>The faults that this request meets, each counted as used.</summary>
    internal IReadOnlyList<Fault> Take(RecordedRequest request)
    {
        lock (_gate)
        {
            return _planned.Count == 0 ? [] : [.. _planned.Where(planned => planned.TryUse(request)).Select(planned => planned.Fault)];
        }
    }
}
