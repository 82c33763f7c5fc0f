namespace Gateway.Tokens.Circuit;

/// <summary>A provider refuses the gateway as its client: one state for all connections of the provider and all instances.</summary>
/// <param name="Since">When it began.</param>
/// <param name="Reason">The OAuth error that said so (RFC 6749 section 5.2), such as <c>invalid_client</c>.</param>
/// <param name="Attempts">Calls in a row that did not end it: 1 or more.</param>
/// <param name="RetryAt">No instance asks the token endpoint before, for whatever connection, unless an operator does.</param>
internal sealed record ProviderAlarm(DateTimeOffset Since, string Reason, int Attempts, DateTimeOffset RetryAt);
