using System.Net.Http.Headers;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// The time by a provider's clock, from the <c>Date</c> of its answer (RFC 9110 section 6.6.1): a moment that it names is meant by that clock.
/// A token's life is not such a moment: it is counted from the request, by the gateway's own clock.
/// </summary>
internal static class ProviderTime
{
    // A slow answer may have been dated long before it came.
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(5);

    // A larger difference is a wrong header, not a wrong clock.
    private static readonly TimeSpan LargestSkew = TimeSpan.FromHours(24);

    // The header counts whole seconds: less than this is no skew.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    /// <param name="headers">Of the answer.</param>
    /// <param name="now">When it came.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <returns><paramref name="now"/> when the answer says nothing that can be believed.</returns>
    public static DateTimeOffset Of(HttpResponseHeaders headers, DateTimeOffset now, TimeSpan elapsed)
    {
        var skew = headers.Date - now;
        return elapsed <= Quick && skew?.Duration() is { } size && size > Resolution && size <= LargestSkew ? headers.Date!.Value : now;
    }
}
