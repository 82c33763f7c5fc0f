using System.Diagnostics.CodeAnalysis;
using System.Diagnostics;

using Gateway.Proxy.RawPath;

namespace Gateway.Proxy;

/// <summary>Writes a credential into a message right before it is sent; whatever stood under its names goes first.</summary>
internal static class CredentialInjection
{
    public static void Apply(HttpRequestMessage request, UpstreamRequest exchange)
    {
        var credential = exchange.Credential;
        request.Headers.Host = null;
        foreach (var (name, value) in credential.Headers)
        {
            request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new HttpRequestException($"The provider's configuration injects {name}, which is no request header.");
            }
        }

        // The address is made anew for each attempt: a newer credential may belong to another host of the provider.
        var pathAndQuery = credential.Query.Length == 0 ? exchange.PathAndQuery : WithQuery(exchange.PathAndQuery, credential.Query);
        if (credential.Query.Length > 0 || exchange.Replay is not null)
        {
            request.RequestUri = OutgoingUri.TryBuild(credential.Origin, pathAndQuery, out var uri)
                ? uri
                : throw new HttpRequestException("The request can't be addressed to the provider's origin.");
        }

        if (exchange.Provider.PropagateTrace)
        {
            Propagate(request);
        }
    }

    private static string WithQuery(string pathAndQuery, KeyValuePair<string, string>[] pairs)
    {
        var separator = pathAndQuery.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{pathAndQuery}{separator}{string.Join('&', pairs.Select(static pair => $"{pair.Key}={pair.Value}"))}";
    }

    private static void Propagate(HttpRequestMessage request) =>
        DistributedContextPropagator.Current.Inject(Activity.Current, request, static (carrier, name, value) =>
        {
            var headers = ((HttpRequestMessage)carrier!).Headers;
            headers.Remove(name);
            headers.TryAddWithoutValidation(name, value);
        });
}

/// <summary>
/// The one place where an outgoing URI is made: the credential's origin, then raw bytes. <see cref="Uri"/>'s canonicalization is off,
/// because it would undo escapes and fold what appears; so the result is compared with the origin again.
/// </summary>
internal static class OutgoingUri
{
    private static readonly UriCreationOptions Raw = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <returns>False when anything but scheme, host, port and base path of <paramref name="origin"/> would be asked.</returns>
    public static bool TryBuild(Uri origin, string pathAndQuery, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        var prefix = origin.AbsoluteUri.AsSpan().TrimEnd('/');
        return pathAndQuery is ['/', ..]
            && Uri.TryCreate(string.Concat(prefix, pathAndQuery), Raw, out uri)
            && IsBelow(uri, origin, pathAndQuery);
    }

    private static bool IsBelow(Uri uri, Uri origin, string pathAndQuery)
    {
        var basePath = origin.AbsolutePath.AsSpan().TrimEnd('/');
        var sent = uri.PathAndQuery.AsSpan();
        return uri.Scheme == origin.Scheme
            && uri.Host.Equals(origin.Host, StringComparison.OrdinalIgnoreCase)
            && uri.Port == origin.Port
            && uri.UserInfo.Length == 0
            && sent.StartsWith(basePath, StringComparison.Ordinal)
            && sent[basePath.Length..].SequenceEqual(pathAndQuery);
    }
}
