using System.Text;

using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Tokens;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>The HTTP stack toward third parties: what holds whatever the configuration says, and the credential handlers on top.</summary>
internal sealed class UpstreamClientFactory(
    UnauthorizedRecovery healing, ReplayMemory memory, GatewayMetrics metrics, OutboundSockets sockets, TimeProvider clock)
    : ForwarderHttpClientFactory
{
    // New connections ask DNS again.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // Below the keep-alive of common servers (nginx 75 s, load balancers 60 s), so that the gateway is the one that closes.
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
        handler.PlaintextStreamFilter = static (context, _) =>
            new(context.NegotiatedHttpVersion.Major == 1 ? new WatchedStream(context.PlaintextStream) : context.PlaintextStream);

        // The server reads header values as UTF-8; the same bytes go out again.
        handler.RequestHeaderEncodingSelector ??= static (_, _) => Encoding.UTF8;
    }

    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler) =>
        new CredentialHandler(new AttemptHandler(handler, metrics.Attempts), healing, memory, metrics, clock);
}
