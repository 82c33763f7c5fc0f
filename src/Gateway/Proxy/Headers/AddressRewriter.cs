using System.Text.RegularExpressions;

using Gateway.Proxy.RawPath;

using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Proxy.Headers;

/// <summary>
/// Turns addresses of the provider in an answer into the gateway's, so that a caller who follows them comes through the gateway
/// again, and takes injected parameters out of every address.
/// </summary>
internal static partial class AddressRewriter
{
    /// <param name="header">The header's name, which decides where in the value addresses stand.</param>
    /// <param name="value">The header's value.</param>
    /// <param name="exchange">The exchange that was answered.</param>
    /// <param name="context">The request.</param>
    public static string Rewrite(string header, string value, UpstreamRequest exchange, HttpContext context) => header.Length switch
    {
        // RFC 8288 section 3: addresses stand between angle brackets.
        4 => LinkTarget.Replace(value, match => $"<{RewriteAddress(match.Groups["address"].Value, exchange, context)}>"),
        7 => RefreshTarget.Replace(
            value, match => match.Groups["before"].Value + RewriteAddress(match.Groups["address"].Value, exchange, context)),
        _ => RewriteAddress(value, exchange, context),
    };

    private static string RewriteAddress(string address, UpstreamRequest exchange, HttpContext context)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        var (location, tail) = end < 0 ? (address, "") : (address[..end], address[end..]);
        var fragment = tail.IndexOf('#', StringComparison.Ordinal);
        var query = fragment < 0 ? tail : tail[..fragment];
        var stripped = exchange.Route.NamesOf(exchange.Provider).Strip(query);
        return $"{RewriteLocation(location, exchange, context)}{stripped}{(fragment < 0 ? "" : tail[fragment..])}";
    }

    private static string RewriteLocation(string location, UpstreamRequest exchange, HttpContext context)
    {
        var origin = exchange.Credential.Origin;
        if (PathAt(origin, location) is not { } path)
        {
            return location;
        }

        var rawPath = RequestTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget).Path.ToString();
        var basePath = origin.AbsolutePath.TrimEnd('/');
        var below = path.StartsWith(basePath, StringComparison.Ordinal) ? path[basePath.Length..] : "";
        if (below is ['/', ..] && !DotSegments.Contains(below) && exchange.Route.Path.TryInvert(below, rawPath, out var here))
        {
            return here;
        }

        // No path of this route leads there. Relative to the gateway it would lead elsewhere, so it becomes absolute.
        return location is ['/', not '/', ..] ? $"{origin.GetLeftPart(UriPartial.Authority)}{location}" : location;
    }

    // Null for relative references, which resolve against the gateway's own address rightly, and for other hosts.
    private static string? PathAt(Uri origin, string location)
    {
        if (location is ['/'] or ['/', not '/', ..])
        {
            return location;
        }

        var absolute = location.StartsWith("//", StringComparison.Ordinal) ? $"{origin.Scheme}:{location}" : location;
        if (!Uri.TryCreate(absolute, UriKind.Absolute, out var uri) || !uri.Host.Equals(origin.Host, StringComparison.OrdinalIgnoreCase)
            || (uri.Port != origin.Port && !(uri.IsDefaultPort && origin.IsDefaultPort)))
        {
            return null;
        }

        var path = absolute[(absolute.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "/" : path[slash..];
    }

    [GeneratedRegex("<(?<address>[^>]*)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkTarget { get; }

    [GeneratedRegex(
        """(?<before>\burl\s*=\s*["']?)(?<address>[^"']*)""",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefreshTarget { get; }
}
