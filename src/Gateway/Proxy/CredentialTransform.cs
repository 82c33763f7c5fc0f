using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.RawPath;
using Gateway.Proxy.Routes;
using Gateway.Tokens;

using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy;

/// <summary>
/// The last request transform of a route with a credential: decides whom to ask, where and on whose account, or answers with a
/// problem and stops. The credential itself goes into the message later, in <see cref="CredentialHandler"/>, where no transform and
/// no log can see it.
/// </summary>
internal sealed class CredentialTransform(
    ForwardingRoute route, ProviderCatalog providers, TokenBroker broker, GatewayProblem problem, TimeProvider clock)
    : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (providers.Find(route.Credential.Provider) is not { } provider)
        {
            return Refuse(context, GatewayError.ProviderMisconfigured, "The route's provider is not configured.");
        }

        // One more label of http.server.request.duration: what callers of this provider see, whoever answers.
        context.HttpContext.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(GatewayTags.Provider, provider.Name));
        if (RequestGuard.Refuse(context.HttpContext, provider) is { } refusal)
        {
            return Refuse(context, refusal);
        }

        if (!TryAddress(context, provider, out var pathAndQuery, out var connection))
        {
            return Refuse(context, GatewayError.BadRequest, "The path spells its route in an unusual encoding.");
        }

        if (connection is null)
        {
            return Refuse(context, GatewayError.InvalidConnection, "The request names no connection, or not with a valid name.");
        }

        var wanted = new Wanted(provider, connection, pathAndQuery, clock.GetTimestamp());
        return broker.TryGet(provider, new(provider.Name, connection), out var warm)
            ? Prepare(context, wanted, warm)
            : AwaitAsync(context, wanted);
    }

    private async ValueTask AwaitAsync(RequestTransformContext context, Wanted wanted)
    {
        using var trace = RequestTrace.Begin(context.HttpContext);
        CredentialResult result;
        try
        {
            result = await broker.GetAsync(wanted.Provider, new(wanted.Provider.Name, wanted.Connection), context.CancellationToken);
        }
        catch (OperationCanceledException) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The cluster's ActivityTimeout ended the wait, not the refresh; the third party was not asked and is not to blame.
            result = new(new CredentialFailure(GatewayError.CredentialUnavailable, "The token is still being renewed."));
        }

        await Prepare(context, wanted, result);
    }

    private ValueTask Prepare(RequestTransformContext context, Wanted wanted, CredentialResult result)
    {
        if (!result.TryGet(out var credential, out var failure))
        {
            return Refuse(context, failure, wanted.Connection);
        }

        if (!ScopeRule.IsGranted(route.Credential.Scope, credential, wanted.Provider))
        {
            failure = new(GatewayError.ScopeNotGranted, "The connection has not been granted the scope of this route.");
            return Refuse(context, failure, wanted.Connection);
        }

        if (!OutgoingUri.TryBuild(credential.Origin, wanted.PathAndQuery, out var uri))
        {
            failure = new(GatewayError.UpstreamUnreachable, "The request can't be addressed to the provider's origin.");
            return Refuse(context, failure, wanted.Connection);
        }

        context.ProxyRequest.RequestUri = uri;
        new UpstreamRequest
        {
            Caller = context.HttpContext,
            Route = route,
            Provider = wanted.Provider,
            Credential = credential,
            Source = result.Source,
            PathAndQuery = wanted.PathAndQuery,
            StartedAt = wanted.At,
        }.AttachTo(context.ProxyRequest);
        return default;
    }

    private bool TryAddress(RequestTransformContext context, Provider provider, out string pathAndQuery, out string? connection)
    {
        var target = RequestTarget.Parse(context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        Span<PathSlice> captures = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (target.Path.IsEmpty || !route.Path.TryApply(target.Path, captures, out var path))
        {
            (pathAndQuery, connection) = ("", null);
            return false;
        }

        var query = route.TransformsQuery ? context.Query.QueryString.Value : target.Query;
        pathAndQuery = string.Concat(path, route.NamesOf(provider).Strip(query));
        connection = route.SelectConnection(context.HttpContext, target.Path, captures);
        return true;
    }

    private ValueTask Refuse(RequestTransformContext context, GatewayError error, string detail) =>
        Refuse(context, new CredentialFailure(error, detail));

    private ValueTask Refuse(RequestTransformContext context, CredentialFailure failure, string? connection = null) =>
        new(problem.WriteAsync(context.HttpContext, failure, route.Credential.Provider, connection));

    /// <summary>What a request asks for, before there is a credential for it.</summary>
    private readonly record struct Wanted(Provider Provider, string Connection, string PathAndQuery, long At);
}
