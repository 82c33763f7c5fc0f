namespace Gateway.Model;

/// <summary>Why there is no credential.</summary>
/// <param name="Error">The code and status that the caller gets.</param>
/// <param name="Detail">A sentence for people, without a secret and without the provider's own words.</param>
/// <param name="RetryAfter">When asking again may help; null when only an operator can.</param>
public sealed record CredentialFailure(GatewayError Error, string Detail, TimeSpan? RetryAfter = null);
