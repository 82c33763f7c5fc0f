using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>
/// The instances of one machine with the states that a test sets; every other instance is on another machine.
/// </summary>
internal sealed class InMemoryInstances(InMemoryInstances? machine = null) : IInstanceRegistry
{
    private readonly ConcurrentDictionary<string, InstanceState> _states = machine?._states ?? new();

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>True after a clean stop.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Its process has ended, which the others on the machine detect.</summary>
    public void Kill() => _states[Id] = InstanceState.Dead;

    /// <summary>The others on the machine detect that it runs.</summary>
    public void Run() => _states[Id] = InstanceState.Running;

    public InstanceState StateOf(string instance) =>
        instance == Id ? InstanceState.Running : _states.GetValueOrDefault(instance, InstanceState.Unknown);

    public void Retire() => IsRetired = true;
}
