using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Proxy;

/// <summary>
/// A request on its way to a third party. The transform creates it, the message carries it to the handler, and the response transforms read
/// it. Credential and address come from this one object, so that they can't differ.
/// </summary>
internal sealed class UpstreamRequest
{
    public const string ReplayHeader = "Gateway-Replay";

    private static readonly HttpRequestOptionsKey<UpstreamRequest> Key = new("Gateway.UpstreamRequest");

    public required HttpContext Caller { get; init; }

    public required CredentialRoute Route { get; init; }

    public required Provider Provider { get; init; }

    /// <summary>The credential of the latest attempt.</summary>
    public required Credential Credential { get; set; }

    /// <summary>Where the first attempt's credential came from.</summary>
    public required CredentialSource Source { get; init; }

    /// <summary>Below the origin, without injected values; starts with a slash.</summary>
    public required string PathAndQuery { get; init; }

    /// <summary>Timestamp of about the moment at which YARP's activity timeout began.</summary>
    public required long StartedAt { get; init; }

    /// <summary>What was done about a 401; null when there was none.</summary>
    public ReplayAction? Replay { get; set; }

    /// <summary>The value of <see cref="ReplayHeader"/>; null when there was no 401.</summary>
    public string? ReplayHeaderValue => Replay switch
    {
        null => null,
        ReplayAction.Replayed => ReplayAction.Replayed.ToTagValue(),
        { } action => $"skipped; reason={action.ToTagValue()}",
    };

    public static bool TryGet(HttpRequestMessage? message, [NotNullWhen(true)] out UpstreamRequest? request)
    {
        request = null;
        return message?.Options.TryGetValue(Key, out request) == true && request is not null;
    }

    public void AttachTo(HttpRequestMessage message)
    {
        message.Options.Set(Key, this);
        Caller.Features.Set(this);
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
