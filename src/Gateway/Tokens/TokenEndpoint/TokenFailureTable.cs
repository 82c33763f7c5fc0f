using System.Globalization;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// The failure table: what each way to fail means for a grant. It looks at the status, at <c>error</c> of RFC 6749 section 5.2 and
/// at nothing else: <c>error_description</c> is the provider's prose and may echo a secret.
/// </summary>
internal static class TokenFailureTable
{
    public const string InvalidGrant = "invalid_grant";
    public const string InvalidClient = "invalid_client";

    /// <summary>
    /// No token answer: HTML, truncated, wrong type, odd characters, duplicate members, an error with 200. A grant in it is kept all the same,
    /// as in any 2xx: <see cref="TokenFailure.RefreshToken"/>.
    /// </summary>
    public static readonly TokenFailure Malformed = new(RefreshOutcome.Transient, "malformed");

    public static readonly TokenFailure Oversized = new(RefreshOutcome.Transient, "oversized");

    public static readonly TokenFailure Timeout = new(RefreshOutcome.Transient, "timeout");

    /// <summary>No connection came about: nothing was sent.</summary>
    public static readonly TokenFailure NotConnected = new(RefreshOutcome.Transient, "connect");

    public static readonly TokenFailure Untrusted = new(RefreshOutcome.Transient, "tls");

    /// <summary>The wire broke after something may have been sent.</summary>
    public static readonly TokenFailure Broken = new(RefreshOutcome.Transient, "network");

    /// <summary>The connection's fields make no token endpoint.</summary>
    public static readonly TokenFailure NoEndpoint = new(RefreshOutcome.Configuration, "token_endpoint");

    /// <summary>The server's metadata, which names the token endpoint, is not to be had now.</summary>
    public static readonly TokenFailure NoMetadata = new(RefreshOutcome.Transient, "discovery");

    /// <summary>True when the reason speaks about the gateway as a client, and so about every connection of the provider.</summary>
    public static bool RefusesClient(string reason) => MeaningOf(reason) == RefreshOutcome.Configuration;

    /// <param name="status">Anything but a 200 that parsed.</param>
    /// <param name="error">The member <c>error</c> of a JSON answer; null when there was none.</param>
    /// <param name="retryAfter">From the header of the same name.</param>
    public static TokenFailure Classify(int status, string? error, TimeSpan? retryAfter)
    {
        // Only these statuses speak about the client or its grant (RFC 6749 section 5.2; 403 is what some providers say instead).
        // An error word under 429 or 503 comes from a server in trouble.
        if (status is 400 or 401 or 403 && MeaningOf(error) is { } outcome)
        {
            return new(outcome, error!, retryAfter);
        }

        return new(RefreshOutcome.Transient, "http_" + status.ToString(CultureInfo.InvariantCulture), retryAfter);
    }

    private static RefreshOutcome? MeaningOf(string? error) => error switch
    {
        InvalidGrant => RefreshOutcome.Permanent,
        InvalidClient or "unauthorized_client" or "invalid_scope" or "unsupported_grant_type" or "invalid_request" =>
            RefreshOutcome.Configuration,
        _ => null,
    };
}
