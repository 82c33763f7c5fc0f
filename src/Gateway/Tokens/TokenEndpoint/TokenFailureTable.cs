using System.Globalization;
using System.Net.Http.Headers;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// What each failure of a token call means for a grant. It looks at the status and at <c>error</c> (RFC 6749 section 5.2) only:
/// <c>error_description</c> is text of the provider and may echo a secret.
/// </summary>
internal static class TokenFailureTable
{
    public const string InvalidGrant = "invalid_grant";
    public const string InvalidClient = "invalid_client";

    /// <summary>HTML, truncated, wrong type, invalid characters, duplicate members, an error with 200.</summary>
    public static readonly TokenFailure Malformed = new(RefreshOutcome.Transient, "malformed");

    public static readonly TokenFailure Oversized = new(RefreshOutcome.Transient, "oversized");

    public static readonly TokenFailure Timeout = new(RefreshOutcome.Transient, "timeout");

    /// <summary>No TCP connection was established: nothing was sent.</summary>
    public static readonly TokenFailure NotConnected = new(RefreshOutcome.Transient, "connect");

    public static readonly TokenFailure Untrusted = new(RefreshOutcome.Transient, "tls");

    /// <summary>The TCP connection broke after something may have been sent.</summary>
    public static readonly TokenFailure Broken = new(RefreshOutcome.Transient, "network");

    // The connection lacks a field of the token endpoint's address.
    public static readonly TokenFailure NoEndpoint = new(RefreshOutcome.Configuration, "token_endpoint");

    // The server's metadata, which names the token endpoint, is not available now.
    public static readonly TokenFailure NoMetadata = new(RefreshOutcome.Transient, "discovery");

    // A wrong header delays a connection no longer than this.
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);

    /// <summary>True when the reason is about the gateway as a client, or about its request, and not about the grant.</summary>
    public static bool RefusesClient(string reason) => MeaningOf(reason) == RefreshOutcome.Configuration;

    /// <param name="status">Any but a 200 that was read as a token answer.</param>
    /// <param name="error">The member <c>error</c> of a JSON answer; null when there was none.</param>
    /// <param name="retryAfter">From the header of the same name.</param>
    public static TokenFailure Classify(int status, string? error, TimeSpan? retryAfter)
    {
        // Only these statuses are about the client or its grant (RFC 6749 section 5.2; some providers answer 403). An error word with 429
        // or 503 comes from a server in trouble.
        return status is 400 or 401 or 403 && MeaningOf(error) is { } outcome
            ? new(outcome, error!, retryAfter)
            : new(RefreshOutcome.Transient, "http_" + status.ToString(CultureInfo.InvariantCulture), retryAfter);
    }

    /// <summary>Retry-After (RFC 9110 section 10.2.3): seconds, or a date by the clock of the answer's own <c>Date</c>.</summary>
    /// <returns>At most an hour; null when there is no header, when it makes no sense, or when its time has passed.</returns>
    public static TimeSpan? ReadRetryAfter(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter?.Delta ?? headers.RetryAfter?.Date - (headers.Date ?? now);
        return wait > LongestRetryAfter ? LongestRetryAfter : wait > TimeSpan.Zero ? wait : null;
    }

    private static RefreshOutcome? MeaningOf(string? error) => error switch
    {
        InvalidGrant => RefreshOutcome.Permanent,
        InvalidClient or "unauthorized_client" or "invalid_scope" or "unsupported_grant_type" or "invalid_request" =>
            RefreshOutcome.Configuration,
        _ => null,
    };
}
