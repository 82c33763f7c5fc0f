using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.RawPath;
using Gateway.Tokens;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

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

        if (!route.IsGrantedBy(credential, target.Provider))
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

/// <summary>The checks of method, upgrade and framing that come before a credential is fetched.</summary>
internal static class RequestGuard
{
    /// <returns>The reason for the refusal; null when the request may pass.</returns>
    public static CredentialFailure? Refuse(HttpContext context, Provider provider)
    {
        if (IsUpgrade(context))
        {
            return provider.Upgrades ? null : new(GatewayError.MethodNotAllowed, "This third party takes no upgrade.");
        }

        if (!provider.Methods.Contains(context.Request.Method))
        {
            return new(GatewayError.MethodNotAllowed, "This third party is not asked with that method.");
        }

        if (HasTwoLengths(context.Request.Headers))
        {
            // RFC 9112 section 6.1: the rest of the connection can't be trusted.
            context.Response.Headers.Connection = "close";
            return new(GatewayError.BadRequest, "The request has both Content-Length and Transfer-Encoding.");
        }

        return HasUnknownExpectation(context.Request.Headers.Expect)
            ? new(GatewayError.ExpectationFailed, "The request expects something other than 100-continue.")
            : null;
    }

    // Upgrades that YARP would forward. An offer of h2c is ignored, as RFC 9110 section 7.8 allows.
    private static bool IsUpgrade(HttpContext context) =>
        (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && !context.Request.Headers.Upgrade.ToString().Equals("h2c", StringComparison.OrdinalIgnoreCase))
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    // RFC 9112 section 6.1: a sign of request smuggling. Kestrel keeps the length under another name.
    private static bool HasTwoLengths(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0 && (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length"));

    // RFC 9110 section 10.1.1. Kestrel answers 100-continue when the body is read.
    private static bool HasUnknownExpectation(StringValues expectations) =>
        expectations.Count > 0
        && expectations.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Any(static expectation => !expectation.Equals("100-continue", StringComparison.OrdinalIgnoreCase));
}

/// <summary>
/// A request on its way to a third party. The transform creates it, the message carries it to the handler, and the response transforms read
/// it. Credential and address come from this one object, so that they can't differ.
/// </summary>
internal sealed class UpstreamRequest
{
    public const string ReplayHeader = "Gateway-Replay";

    private static readonly HttpRequestOptionsKey<UpstreamRequest> Key = new("Gateway.UpstreamRequest");

    public required HttpContext Caller { get; init; }

    public required CredentialRoute Route { get; init; }

    public required Provider Provider { get; init; }

    /// <summary>The credential of the latest attempt.</summary>
    public required Credential Credential { get; set; }

    /// <summary>Where the first attempt's credential came from.</summary>
    public required CredentialSource Source { get; init; }

    /// <summary>Below the origin, without injected values; starts with a slash.</summary>
    public required string PathAndQuery { get; init; }

    /// <summary>Timestamp of about the moment at which YARP's activity timeout began.</summary>
    public required long StartedAt { get; init; }

    /// <summary>What was done about a 401; null when there was none.</summary>
    public ReplayAction? Replay { get; set; }

    /// <summary>The value of <see cref="ReplayHeader"/>; null when there was no 401.</summary>
    public string? ReplayHeaderValue => Replay switch
    {
        null => null,
        ReplayAction.Replayed => ReplayAction.Replayed.ToTagValue(),
        { } action => $"skipped; reason={action.ToTagValue()}",
    };

    public static bool TryGet(HttpRequestMessage? message, [NotNullWhen(true)] out UpstreamRequest? request)
    {
        request = null;
        return message?.Options.TryGetValue(Key, out request) == true && request is not null;
    }

    public void AttachTo(HttpRequestMessage message)
    {
        message.Options.Set(Key, this);
        Caller.Features.Set(this);
    }
}

/// <summary>
/// The only place that builds an outgoing URI: the credential's origin followed by raw bytes. The canonicalization of <see cref="Uri"/> is
/// off, because it undoes escapes and folds dot segments; so the result is checked against the origin again.
/// </summary>
internal static class OutgoingUri
{
    private static readonly UriCreationOptions Raw = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <returns>False when the result would differ from <paramref name="origin"/> in scheme, host, port or base path.</returns>
    public static bool TryBuild(Uri origin, string pathAndQuery, [NotNullWhen(true)] out Uri? uri)
    {
        uri = null;
        return pathAndQuery is ['/', ..]
            && Uri.TryCreate(string.Concat(origin.AbsoluteUri.AsSpan().TrimEnd('/'), pathAndQuery), Raw, out uri)
            && IsBelow(uri, origin, pathAndQuery);
    }

    private static bool IsBelow(Uri uri, Uri origin, string pathAndQuery)
    {
        var basePath = origin.AbsolutePath.AsSpan().TrimEnd('/');
        var sent = uri.PathAndQuery.AsSpan();
        return uri.Scheme == origin.Scheme
            && uri.Host.Equals(origin.Host, StringComparison.OrdinalIgnoreCase)
            && uri.Port == origin.Port
            && uri.UserInfo.Length == 0
            && sent.StartsWith(basePath, StringComparison.Ordinal)
            && sent[basePath.Length..].SequenceEqual(pathAndQuery);
    }
}
