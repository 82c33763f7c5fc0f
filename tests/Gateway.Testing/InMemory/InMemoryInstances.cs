using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>
/// The instances of one machine, as far as a test says what became of them: those that it does not mention are on another machine.
/// </summary>
internal sealed class InMemoryInstances(InMemoryInstances? machine = null) : IInstanceRegistry
{
    private readonly ConcurrentDictionary<string, InstanceState> _states = machine?._states ?? new();

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>True after a clean stop.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Its process is gone, and the others on the machine can tell.</summary>
    public void Kill() => _states[Id] = InstanceState.Dead;

    /// <summary>The others on the machine can tell that it runs.</summary>
    public void Run() => _states[Id] = InstanceState.Running;

    public InstanceState StateOf(string instance) =>
        instance == Id ? InstanceState.Running : _states.GetValueOrDefault(instance, InstanceState.Unknown);

    public void Retire() => IsRetired = true;
}
