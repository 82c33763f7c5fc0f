using Gateway.Credentials;
using Gateway.Forwarding.Routes;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding.Hygiene;

/// <summary>Runs right after YARP copied the caller's headers, so that transforms of the configuration may still set their own.</summary>
internal sealed class RequestHygieneTransform(ForwardingRoute route, ProviderCatalog providers) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (providers.Find(route.Credential.Provider) is { } provider)
        {
            RequestHygiene.Clean(context.ProxyRequest, context.HttpContext, route.NamesOf(provider));
        }

        return default;
    }
}
