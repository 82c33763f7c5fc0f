using System.Net.Http.Headers;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Retry-After (RFC 9110 section 10.2.3), in seconds or as a date.</summary>
internal static class RetryAfterHeader
{
    // A provider that names next week by mistake does not take a connection away for longer than this.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <param name="headers">Of the answer.</param>
    /// <param name="now">By the provider's clock: see <see cref="ProviderTime"/>.</param>
    /// <returns>Null when there is no header, when it makes no sense, or when its time has passed.</returns>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var wait = headers.RetryAfter is { } header ? header.Delta ?? header.Date - now : null;
        return wait > Longest ? Longest : wait > TimeSpan.Zero ? wait : null;
    }
}
