using System.Net.Http.Headers;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Retry-After (RFC 9110 section 10.2.3), in seconds or as a date.</summary>
internal static class RetryAfterHeader
{
    // A provider that names next week by mistake keeps a connection waiting no longer than this.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    // The Date of an answer that took longer than this may have been set long before it arrived.
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);

    // A larger difference is a wrong header, not a wrong clock.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromHours(24);

    // Date counts whole seconds: a difference up to this is not a skew.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    /// <param name="headers">Of the answer.</param>
    /// <param name="now">When it arrived.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <returns>Null when there is no header, when it makes no sense, or when its time has passed.</returns>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now, TimeSpan elapsed)
    {
        var wait = headers.RetryAfter is { } header ? header.Delta ?? header.Date - ProviderTime(headers, now, elapsed) : null;
        return wait > Longest ? Longest : wait > TimeSpan.Zero ? wait : null;
    }

    /// <summary>
    /// The time by the provider's clock, from <c>Date</c> (section 6.6.1): a date in Retry-After is meant by that clock.
    /// </summary>
    /// <returns><paramref name="now"/> when the answer has no plausible date.</returns>
    private static DateTimeOffset ProviderTime(HttpResponseHeaders headers, DateTimeOffset now, TimeSpan elapsed)
    {
        var skew = headers.Date - now;
        return elapsed <= Quick && skew?.Duration() is { } size && size > Resolution && size <= LargestSkew ? headers.Date!.Value : now;
    }
}
