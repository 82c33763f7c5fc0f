using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>What the control API needs of a simulated provider.</summary>
internal interface ISimulatedProvider : IAsyncDisposable
{
    /// <summary>First path segment at the control API: <c>bokio</c>.</summary>
    string Name { get; }

    /// <summary>Its hosts by role; <c>api</c> is always there.</summary>
    IReadOnlyDictionary<string, SimulatedHost> Hosts { get; }

    /// <summary>Named switches: <c>expire-access-tokens</c>. The arguments are the query of the control call.</summary>
    IReadOnlyDictionary<string, Action<IQueryCollection>> Operations { get; }

    /// <summary>Counters and settings, for people to look at.</summary>
    JsonObject Describe();
}
