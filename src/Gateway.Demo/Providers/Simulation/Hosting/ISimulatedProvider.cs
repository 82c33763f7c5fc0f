using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>A simulated provider as the control API sees it.</summary>
internal interface ISimulatedProvider : IAsyncDisposable
{
    /// <summary>Name of the provider in paths of the control API: <c>bokio</c>.</summary>
    string Name { get; }

    /// <summary>The provider's hosts by role; <c>api</c> always exists.</summary>
    IReadOnlyDictionary<string, SimulatedHost> Hosts { get; }

    /// <summary>Operations by name, such as <c>expire-access-tokens</c>. The argument is the query of the control request.</summary>
    IReadOnlyDictionary<string, Action<IQueryCollection>> Operations { get; }

    /// <summary>Counters and settings, for display.</summary>
    JsonObject Describe();
}
