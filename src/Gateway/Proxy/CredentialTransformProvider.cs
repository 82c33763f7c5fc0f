using Gateway.Model;
using Gateway.Proxy.Routes;
using Gateway.Tokens;

using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Proxy;

/// <summary>
/// Claims the <c>Credential</c> transforms in YARP's JSON as a factory. As a provider, which runs after all factories whatever the order in
/// the file, it validates them and gives each route with a credential its transforms.
/// </summary>
internal sealed class CredentialTransformProvider(
    ProviderCatalog providers, TokenBroker broker, GatewayProblem problem, TimeProvider clock)
    : ITransformProvider, ITransformFactory
{
    public bool Validate(TransformRouteValidationContext context, IReadOnlyDictionary<string, string> transformValues) =>
        RouteCredentialParser.IsCredential(transformValues);

    public bool Build(TransformBuilderContext context, IReadOnlyDictionary<string, string> transformValues) =>
        RouteCredentialParser.IsCredential(transformValues);

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
        var transforms = context.RequestTransforms;

        // CredentialRoute.Path does their work on the raw path.
        foreach (var transform in transforms.Where(static one => one is PathStringTransform or PathRouteValuesTransform).ToArray())
        {
            transforms.Remove(transform);
        }

        // YARP copies the headers before the first transform, or in the transform that lists the allowed ones. Transforms of the
        // configuration that follow may set headers of their own.
        var copy = transforms.LastOrDefault(static one => one is RequestHeadersAllowedTransform);
        transforms.Insert(copy is null ? 0 : transforms.IndexOf(copy) + 1, new RequestHeadersTransform(route, providers, problem));
        transforms.Add(new CredentialTransform(route, providers, broker, problem, clock));
        context.ResponseTransforms.Add(new ResponseHeadersTransform());
        context.ResponseTrailersTransforms.Add(new TrailersTransform());
    }
}
