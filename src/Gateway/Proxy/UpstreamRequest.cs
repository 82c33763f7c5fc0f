using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
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
