namespace Gateway.Model;

/// <summary>How a provider without RFC 7009 forgets a connection: a DELETE with a credential of the application itself.</summary>
/// <param name="Provider">The provider whose <c>default</c> connection is used (Bokio's general API).</param>
/// <param name="Path">Path and query below that provider's origin, over the public fields of the connection.</param>
public sealed record Disconnection(string Provider, TextTemplate Path);
