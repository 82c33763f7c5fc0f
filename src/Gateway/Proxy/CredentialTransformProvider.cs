using Gateway.Proxy.Routes;
using Gateway.Model;
using Gateway.Proxy.Headers;
using Gateway.Tokens;

using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Proxy;

/// <summary>Gives each route with a credential its transforms, after all that the configuration names.</summary>
internal sealed class CredentialTransformProvider(
    ProviderCatalog providers, TokenBroker broker, GatewayProblem problem, TimeProvider clock)
    : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
        var errors = new List<string>();
        CredentialRoute.Compile(context.Route, cluster: null, errors);
        foreach (var error in errors)
        {
            context.Errors.Add(new FormatException(error));
        }
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (CredentialRoute.Compile(context.Route, context.Cluster, []) is not { } route)
        {
            return;
        }

        context.UseDefaultForwarders = false;
        RemovePathTransforms(context.RequestTransforms);
        context.RequestTransforms.Insert(AfterHeaderCopy(context.RequestTransforms), new RequestHeadersTransform(route, providers, problem));
        context.RequestTransforms.Add(new CredentialTransform(route, providers, broker, problem, clock));
        context.ResponseTransforms.Add(new ResponseHeadersTransform());
        context.ResponseTrailersTransforms.Add(new TrailersTransform());
    }

    // The path plan does their work on the raw path.
    private static void RemovePathTransforms(IList<RequestTransform> transforms)
    {
        for (var index = transforms.Count - 1; index >= 0; index--)
        {
            if (transforms[index] is PathStringTransform or PathRouteValuesTransform)
            {
                transforms.RemoveAt(index);
            }
        }
    }

    // Headers are copied before the first transform, or by the transform that lists the allowed ones.
    private static int AfterHeaderCopy(IList<RequestTransform> transforms)
    {
        var index = transforms.Count;
        while (index > 0 && transforms[index - 1] is not RequestHeadersAllowedTransform)
        {
            index--;
        }

        return index;
    }
}
