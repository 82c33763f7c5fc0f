namespace WireMock.Server;

/// <summary>The mappings and the states of their scenarios. Tests change it while requests read it: all of it is under one lock.</summary>
internal sealed class MappingTable
{
    private readonly Lock _lock = new();
    private readonly List<Mapping> _mappings = [];
    private readonly Dictionary<string, (string? State, int Answers)> _scenarios = new(StringComparer.OrdinalIgnoreCase);

    public void Add(Mapping mapping)
    {
        lock (_lock)
        {
            _mappings.RemoveAll(present => present.Guid == mapping.Guid);
            _mappings.Add(mapping);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _mappings.Clear();
        }
    }

    public void ResetScenarios()
    {
        lock (_lock)
        {
            _scenarios.Clear();
        }
    }

    /// <summary>
    /// The mapping that answers, or null. Its scenario moves on in the same step, so that of simultaneous requests only as many as the
    /// test said meet one state.
    /// </summary>
    public Mapping? Take(IRequestMessage request)
    {
        lock (_lock)
        {
            var mapping = _mappings.AsEnumerable().Reverse()
                .Where(mapping => IsInState(mapping) && Accepts(mapping, request))
                .OrderBy(mapping => mapping.Priority)
                .ThenByDescending(mapping => mapping.Demands)
                .FirstOrDefault();
            if (mapping?.Scenario is not null)
            {
                MoveOn(mapping, mapping.Scenario);
            }

            return mapping;
        }
    }

    private static bool Accepts(Mapping mapping, IRequestMessage request)
    {
        try
        {
            return mapping.Accepts(request);
        }
#pragma warning disable CA1031 // A test's own function decides; one that fails has not accepted.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private bool IsInState(Mapping mapping) =>
        mapping.Scenario is null
        || string.Equals(_scenarios.GetValueOrDefault(mapping.Scenario).State, mapping.State, StringComparison.Ordinal);

    private void MoveOn(Mapping mapping, string scenario)
    {
        var (state, answers) = _scenarios.GetValueOrDefault(scenario);
        answers++;
        _scenarios[scenario] = answers == mapping.TimesInState ? (mapping.NextState, 0) : (state, answers);
    }
}
