namespace Gateway.Demo.Providers;

/// <summary>Endpoint metadata: the endpoint reads the request's body itself, as it comes.</summary>
internal sealed class StreamedBody;
