using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.RawPath;
using Gateway.Tokens;

using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy;

/// <summary>
/// The last request transform of a route with a credential: decides the address and the connection, gets the credential, or answers with a
/// problem. <see cref="CredentialHandler"/> writes the credential into the message later, where no transform and no log can see it.
/// </summary>
internal sealed class CredentialTransform(
    CredentialRoute route, ProviderCatalog providers, TokenBroker broker, GatewayProblem problem, TimeProvider clock)
    : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (providers.Find(route.Credential.Provider) is not { } provider)
        {
            return RefuseAsync(context, new(GatewayError.ProviderMisconfigured, "The route's provider is not configured."));
        }

        // A label of http.server.request.duration.
        context.HttpContext.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(GatewayTags.Provider, provider.Name));
        if (RequestGuard.Refuse(context.HttpContext, provider) is { } refusal)
        {
            return RefuseAsync(context, refusal);
        }

        if (!TryAddress(context, provider, out var pathAndQuery, out var connection))
        {
            return RefuseAsync(context, new(GatewayError.BadRequest, "The path spells its route in an unusual encoding."));
        }

        if (connection is null)
        {
            return RefuseAsync(context, new(GatewayError.InvalidConnection, "The request names no connection, or not with a valid name."));
        }

        var target = new Target(provider, connection, pathAndQuery, clock.GetTimestamp());
        return broker.TryGet(provider, new(provider.Name, connection), out var warm)
            ? AttachAsync(context, target, warm)
            : GetAndAttachAsync(context, target);
    }

    private async ValueTask GetAndAttachAsync(RequestTransformContext context, Target target)
    {
        using var trace = RequestTrace.Begin(context.HttpContext);
        CredentialResult result;
        try
        {
            result = await broker.GetAsync(target.Provider, new(target.Provider.Name, target.Connection), context.CancellationToken);
        }
        catch (OperationCanceledException) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The cluster's ActivityTimeout ended the wait, not the refresh. No request was sent, so this is not an upstream timeout.
            result = new(new CredentialFailure(GatewayError.CredentialUnavailable, "The token is still being renewed."));
        }

        await AttachAsync(context, target, result);
    }

    private ValueTask AttachAsync(RequestTransformContext context, Target target, CredentialResult result)
    {
        if (!result.TryGet(out var credential, out var failure))
        {
            return RefuseAsync(context, failure, target.Connection);
        }

        if (!route.Credential.IsGrantedBy(credential, target.Provider))
        {
            failure = new(GatewayError.ScopeNotGranted, "The connection has not been granted the scope of this route.");
            return RefuseAsync(context, failure, target.Connection);
        }

        if (!OutgoingUri.TryBuild(credential.Origin, target.PathAndQuery, out var uri))
        {
            failure = new(GatewayError.UpstreamUnreachable, "The request can't be addressed to the provider's origin.");
            return RefuseAsync(context, failure, target.Connection);
        }

        context.ProxyRequest.RequestUri = uri;
        new UpstreamRequest
        {
            Caller = context.HttpContext,
            Route = route,
            Provider = target.Provider,
            Credential = credential,
            Source = result.Source,
            PathAndQuery = target.PathAndQuery,
            StartedAt = target.StartedAt,
        }.AttachTo(context.ProxyRequest);
        return default;
    }

    private bool TryAddress(RequestTransformContext context, Provider provider, out string pathAndQuery, out string? connection)
    {
        var target = RequestTarget.Parse(context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        Span<PathSlice> slices = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (target.Path.IsEmpty || !route.Path.TryApply(target.Path, slices, out var path))
        {
            (pathAndQuery, connection) = ("", null);
            return false;
        }

        var query = route.TransformsQuery ? context.Query.QueryString.Value : target.Query;
        pathAndQuery = string.Concat(path, route.NamesOf(provider).Strip(query));
        connection = route.SelectConnection(context.HttpContext.Request, target.Path, slices);
        return true;
    }

    // YARP forwards nothing once a transform has set a status.
    private ValueTask RefuseAsync(RequestTransformContext context, CredentialFailure failure, string? connection = null) =>
        new(problem.WriteAsync(context.HttpContext, failure, route.Credential.Provider, connection));

    private readonly record struct Target(Provider Provider, string Connection, string PathAndQuery, long StartedAt);
}
