using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Proxy.Routes;

/// <summary>
/// Claims the <c>Credential</c> transforms of YARP's JSON and checks what each says. Applying them is left to
/// <see cref="CredentialTransformProvider"/>, which comes last whatever their order in the file.
/// </summary>
internal sealed class CredentialTransformFactory : ITransformFactory
{
    public bool Validate(TransformRouteValidationContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        if (!CredentialRoute.IsCredential(transformValues))
        {
            return false;
        }

        var errors = new List<string>();
        RouteCredentialParser.Parse(transformValues, errors);
        foreach (var error in errors)
        {
            context.Errors.Add(new FormatException($"{RouteKeys.Of(context.Route, transformValues)}:{error}"));
        }

        return true;
    }

    public bool Build(TransformBuilderContext context, IReadOnlyDictionary<string, string> transformValues) =>
        CredentialRoute.IsCredential(transformValues);
}
