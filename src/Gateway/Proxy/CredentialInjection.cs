using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Proxy;

/// <summary>Writes the credential into a message right before it is sent; whatever has the same names is removed first.</summary>
internal static class CredentialInjection
{
    public static void Apply(HttpRequestMessage request, UpstreamRequest upstream)
    {
        var credential = upstream.Credential;
        request.Headers.Host = null;
        foreach (var (name, value) in credential.Headers)
        {
            request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new HttpRequestException($"The provider's configuration injects {name}, which is no request header.");
            }
        }

        // A replay has its own address: the newer credential may belong to another host of the provider.
        if (credential.Query.Length > 0 || upstream.Replay is not null)
        {
            var pathAndQuery = credential.Query.Length == 0 ? upstream.PathAndQuery : WithQuery(upstream.PathAndQuery, credential.Query);
            request.RequestUri = OutgoingUri.TryBuild(credential.Origin, pathAndQuery, out var uri)
                ? uri
                : throw new HttpRequestException("The request can't be addressed to the provider's origin.");
        }

        if (upstream.Provider.PropagateTrace)
        {
            DistributedContextPropagator.Current.Inject(Activity.Current, request, static (carrier, name, value) =>
            {
                var headers = ((HttpRequestMessage)carrier!).Headers;
                headers.Remove(name);
                headers.TryAddWithoutValidation(name, value);
            });
        }
    }

    private static string WithQuery(string pathAndQuery, KeyValuePair<string, string>[] pairs)
    {
        var separator = pathAndQuery.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{pathAndQuery}{separator}{string.Join('&', pairs.Select(static pair => $"{pair.Key}={pair.Value}"))}";
    }
}

/// <summary>
/// The only place that builds an outgoing URI: the credential's origin followed by raw bytes. The canonicalization of <see cref="Uri"/> is
/// off, because it undoes escapes and folds dot segments; so the result is checked against the origin again.
/// </summary>
internal static class OutgoingUri
{
    private static readonly UriCreationOptions Raw = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <returns>False when the result would differ from <paramref name="origin"/> in scheme, host, port or base path.</returns>
    public static bool TryBuild(Uri origin, string pathAndQuery, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        return pathAndQuery is ['/', ..]
            && Uri.TryCreate(string.Concat(origin.AbsoluteUri.AsSpan().TrimEnd('/'), pathAndQuery), Raw, out uri)
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
