using System.Collections.Concurrent;

using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Listeners;

/// <summary>Where each listener ended up: a configured port 0 becomes a real one when the socket opens.</summary>
public sealed class ListenerAddresses
{
    // Written by Kestrel while it binds, read by anyone afterwards.
    private readonly ConcurrentDictionary<GatewayListener, ListenOptions> _endpoints = new();

    /// <exception cref="InvalidOperationException">Nothing listens yet.</exception>
    public Uri Of(GatewayListener listener) => _endpoints.TryGetValue(listener, out var endpoint)
        ? new Uri($"{endpoint}")
        : throw new InvalidOperationException($"{listener} does not listen yet.");

    internal void Add(GatewayListener listener, ListenOptions endpoint) => _endpoints[listener] = endpoint;
}
