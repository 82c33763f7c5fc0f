namespace Gateway.Configuration.Listeners;

/// <summary>The one listener that serves an endpoint; an endpoint without it is served by none.</summary>
internal sealed record ListenerMetadata(GatewayListener Listener);
