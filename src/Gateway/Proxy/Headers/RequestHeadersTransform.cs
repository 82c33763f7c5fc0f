using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy.Headers;

/// <summary>Runs right after YARP copied the caller's headers, so that transforms of the configuration may still set their own.</summary>
internal sealed class RequestHeadersTransform(ForwardingRoute route, ProviderCatalog providers, GatewayProblem problem) : RequestTransform
{
    private readonly string? _selector =
        route.Credential.Connection is { Kind: ConnectionSelector.Way.Header } selector ? selector.Value : null;

    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (RequestHeaders.HasControls(context.ProxyRequest))
        {
            return new(problem.WriteAsync(
                context.HttpContext, new(GatewayError.BadRequest, "A header has a control character."), route.Credential.Provider));
        }

        if (providers.Find(route.Credential.Provider) is { } provider)
        {
            RequestHeaders.Clean(context.ProxyRequest, context.HttpContext, route.NamesOf(provider), _selector);
        }

        return default;
    }
}
