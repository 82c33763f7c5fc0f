namespace Gateway.Admin;

/// <summary>Marks the endpoints that the OpenAPI document describes.</summary>
internal sealed class AdminEndpoint;
