namespace Gateway.Demo.Providers;

/// <summary>Endpoint metadata: the endpoint itself reads the request body while it arrives.</summary>
internal sealed class StreamedBody;
