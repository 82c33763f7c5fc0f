using Yarp.ReverseProxy.Transforms.Builder;

namespace Gateway.Proxy.Routes;

/// <summary>
/// Claims the <c>Credential</c> transforms in YARP's JSON and validates them. <see cref="CredentialTransformProvider"/> builds them,
/// because it runs after all other transforms whatever their order in the file.
/// </summary>
internal sealed class CredentialTransformFactory : ITransformFactory
{
    public bool Validate(TransformRouteValidationContext context, IReadOnlyDictionary<string, string> transformValues)
    {
        if (!RouteCredentialParser.IsCredential(transformValues))
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
        RouteCredentialParser.IsCredential(transformValues);
}
