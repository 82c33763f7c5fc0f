using System.Net.Http.Headers;
using System.Text.RegularExpressions;

using Gateway.Model;
using Gateway.Proxy.RawPath;

using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Proxy.Headers;

/// <summary>
/// Replaces addresses of the provider in an answer by the gateway's, so that a caller who follows them comes back through the gateway, and
/// removes injected parameters from every address.
/// </summary>
internal sealed partial class AddressRewriter(Uri origin, RawPathTransform route, InjectedNames injected, HttpContext context)
{
    public static bool MayHoldAddress(string header) => header.Length switch
    {
        4 => header.Equals("Link", StringComparison.OrdinalIgnoreCase),
        8 => header.Equals("Location", StringComparison.OrdinalIgnoreCase),
        16 => header.Equals("Content-Location", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <param name="header">One for which <see cref="MayHoldAddress"/> is true; it decides where in the value addresses stand.</param>
    /// <param name="value">The header's value.</param>
    public string Rewrite(string header, string value) => header.Length == "Link".Length
        ? LinkTarget.Replace(value, match => $"<{RewriteAddress(match.Groups["address"].Value)}>")
        : RewriteAddress(value);

    private string RewriteAddress(string address)
    {
        var end = address.AsSpan().IndexOfAny('?', '#');
        var (location, tail) = end < 0 ? (address, "") : (address[..end], address[end..]);
        var fragment = tail.IndexOf('#', StringComparison.Ordinal);
        var query = injected.Strip(fragment < 0 ? tail : tail[..fragment]);
        return $"{RewriteLocation(location)}{query}{(fragment < 0 ? "" : tail[fragment..])}";
    }

    private string RewriteLocation(string location)
    {
        if (PathAtOrigin(location) is not { } path)
        {
            return location;
        }

        var rawPath = RequestTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget).Path.ToString();
        var basePath = origin.AbsolutePath.TrimEnd('/');
        var below = path.StartsWith(basePath, StringComparison.Ordinal) ? path[basePath.Length..] : "";
        if (below is ['/', ..] && !TargetGuard.HasDotSegment(below) && route.TryInvert(below, rawPath, out var here))
        {
            return here;
        }

        // No path of this route leads there. A relative address would lead to the gateway, so it becomes absolute.
        return location is ['/', not '/', ..] ? $"{origin.GetLeftPart(UriPartial.Authority)}{location}" : location;
    }

    // Null for other hosts, and for relative references: those resolve against the gateway's own address.
    private string? PathAtOrigin(string location)
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

    // RFC 8288 section 3: between angle brackets.
    [GeneratedRegex("<(?<address>[^>]*)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LinkTarget { get; }
}

/// <summary>What must not pass from a third party's answer to the caller, in headers and in trailers.</summary>
internal static class ResponseHeaders
{
    private const int MaxLayers = 2;

    /// <summary>Cookies would share one caller's session with all others; <c>Gateway-*</c> is reserved for the gateway.</summary>
    public static bool IsForbidden(string name) =>
        name.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Gateway-", StringComparison.OrdinalIgnoreCase);

    public static bool HoldsSecret(HeaderStringValues values, Credential credential)
    {
        foreach (var value in values)
        {
            if (HoldsSecret(value, credential))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>As it is, or escaped once or twice: a redirect may carry the third party's own address as a parameter.</summary>
    public static bool HoldsSecret(string value, Credential credential)
    {
        for (var layer = 0; ; layer++)
        {
            foreach (var secret in credential.SecretValues)
            {
                if (secret.Length > 0 && value.Contains(secret, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            if (layer == MaxLayers || !value.Contains('%', StringComparison.Ordinal))
            {
                return false;
            }

            value = Uri.UnescapeDataString(value);
        }
    }

    /// <summary>Removes the fields that the answer's <c>Connection</c> names from what YARP copied.</summary>
    public static void RemoveNominated(HttpResponseHeaders answer, IHeaderDictionary copied)
    {
        if (answer.NonValidated.TryGetValues("Connection", out var connection))
        {
            foreach (var name in ConnectionOption.FieldsIn(connection.ToString()))
            {
                copied.Remove(name);
            }
        }
    }
}
