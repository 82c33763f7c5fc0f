using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Routes;

namespace Gateway.Proxy;

/// <summary>
/// One request on its way to a third party: decided by the transform, carried by the outgoing message to the handler, read again
/// when the answer comes back. Credential and address come from this one object, so that they can't disagree.
/// </summary>
internal sealed class UpstreamRequest
{
    private static readonly HttpRequestOptionsKey<UpstreamRequest> Key = new("Gateway.Exchange");

    /// <summary>Whose request it is.</summary>
    public required HttpContext Caller { get; init; }

    public required ForwardingRoute Route { get; init; }

    public required Provider Provider { get; init; }

    /// <summary>What the latest attempt carried.</summary>
    public required Credential Credential { get; set; }

    /// <summary>Where the first attempt's credential came from.</summary>
    public required CredentialSource Source { get; init; }

    /// <summary>Below the origin, without injected values; starts with a slash.</summary>
    public required string PathAndQuery { get; init; }

    /// <summary>Timestamp of the gateway's clock: when YARP's began to run, give or take the work of a transform.</summary>
    public required long StartedAt { get; init; }

    /// <summary>What was made of a 401; null when there was none.</summary>
    public ReplayAction? Replay { get; set; }

    public static bool TryGet(HttpRequestMessage request, [NotNullWhen(true)] out UpstreamRequest? exchange) =>
        request.Options.TryGetValue(Key, out exchange);

    public void AttachTo(HttpRequestMessage request)
    {
        request.Options.Set(Key, this);
        Caller.Features.Set(this);
    }
}

/// <summary>Whether a connection was granted what a route demands.</summary>
internal static class ScopeRule
{
    /// <param name="scope">Null for none.</param>
    /// <param name="credential">The connection's credential.</param>
    /// <param name="provider">RFC 6749 section 5.1: a provider that names no scope has granted what was asked for.</param>
    public static bool IsGranted(string? scope, Credential credential, Provider provider)
    {
        if (scope is null)
        {
            return true;
        }

        var granted = credential.Scopes.Count > 0 ? credential.Scopes : provider.OAuth?.Scopes ?? [];
        return granted.Contains(scope, StringComparer.Ordinal);
    }
}

/// <summary>The header that tells the caller what was made of a 401.</summary>
internal static class ReplayHeader
{
    public const string Name = "Gateway-Replay";

    public static string Value(ReplayAction action) =>
        action == ReplayAction.Replayed ? GatewayTags.ToTagValue(action) : $"skipped; reason={GatewayTags.ToTagValue(action)}";
}
