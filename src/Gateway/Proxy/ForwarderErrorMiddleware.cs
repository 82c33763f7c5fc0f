using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Replay;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>Turns what went wrong in YARP's forwarding into a problem, while the caller can still be told. Stands before YARP's end.</summary>
internal sealed class ForwarderErrorMiddleware(RequestDelegate next, GatewayProblem problem, FailureLog failures)
{
    public Task InvokeAsync(HttpContext context)
    {
        var forwarded = next(context);
        return forwarded.IsCompletedSuccessfully && context.Features.Get<IForwarderErrorFeature>() is null
            ? forwarded
            : ExplainAsync(context, forwarded);
    }

    private async Task ExplainAsync(HttpContext context, Task forwarded)
    {
        await forwarded;
        if (context.Features.Get<IForwarderErrorFeature>() is not { } error)
        {
            return;
        }

        using var trace = RequestTrace.Begin(context);
        failures.Note(context.GetReverseProxyFeature().Route.Config.RouteId, error);
        if (context.Response.HasStarted || Explain(error) is not { } failure)
        {
            return;
        }

        // What was copied of an answer that made no sense, an upgrade that nobody asked for above all.
        context.Response.Clear();
        var exchange = context.Features.Get<UpstreamRequest>();
        if (exchange?.Replay is { } action)
        {
            context.Response.Headers[ReplayHeader.Name] = ReplayHeader.Value(action);
        }

        await problem.WriteAsync(context, failure, exchange?.Provider.Name ?? "", exchange?.Credential.Connection.Name);
    }

    // Null where nobody is left to be told: the caller hung up, or the answer is on its way already.
    private static CredentialFailure? Explain(IForwarderErrorFeature error) => error.Error switch
    {
        ForwarderError.RequestCreation when error.Exception is StoreUnavailableException =>
            new(GatewayError.CredentialUnavailable, "The store is out of reach."),
        ForwarderError.RequestCreation => new(GatewayError.UpstreamUnreachable, "The request could not be prepared."),
        ForwarderError.RequestTimedOut => new(GatewayError.UpstreamTimeout, "The third party did not answer in time."),
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.NoAvailableDestinations =>
            new(GatewayError.UpstreamUnreachable, "The third party could not be reached, or broke the connection."),
        ForwarderError.RequestBodyClient => new(GatewayError.BadRequest, "The request body could not be read."),
        ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeResponseClient =>
            new(GatewayError.UpstreamUnreachable, "The third party's answer made no sense."),
        _ => null,
    };
}
