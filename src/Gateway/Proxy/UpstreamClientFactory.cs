using System.Text;

using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Tokens;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>Creates the HTTP clients toward third parties: fixed settings, and the credential handler on top.</summary>
internal sealed class UpstreamClientFactory(
    UnauthorizedRecovery recovery, ReplayMemory memory, GatewayMetrics metrics, OutboundSockets sockets, TimeProvider clock)
    : ForwarderHttpClientFactory
{
    // New connections resolve the name again.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // Shorter than the keep-alive of common servers (nginx 75 s, load balancers 60 s), so that the gateway closes first.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(45);

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        handler.ActivityHeadersPropagator = null;
        handler.PooledConnectionLifetime = Lifetime;
        handler.PooledConnectionIdleTimeout = IdleTimeout;
        sockets.Apply(handler);

        // Kestrel decodes header values as UTF-8; this sends the same bytes again.
        handler.RequestHeaderEncodingSelector ??= static (_, _) => Encoding.UTF8;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new CredentialHandler(handler, recovery, memory, metrics, clock);
}
