using System.Diagnostics.CodeAnalysis;

namespace Gateway.Proxy.RawPath;

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
