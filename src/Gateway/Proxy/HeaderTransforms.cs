using System.Net.Http.Headers;

using Gateway.Model;
using Gateway.Proxy.Headers;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy;

/// <summary>Runs right after YARP copied the caller's headers, so that transforms of the configuration may still set their own.</summary>
internal sealed class RequestHeadersTransform(CredentialRoute route, ProviderCatalog providers, GatewayProblem problem) : RequestTransform
{
    public override ValueTask ApplyAsync(RequestTransformContext context)
    {
        var headers = context.HttpContext.Request.Headers;
        return providers.Find(route.Credential.Provider) is not { } provider
            || RequestHeaders.TryClean(context.ProxyRequest, headers, route.NamesOf(provider), route.SelectorHeader)
            ? default
            : new(problem.WriteAsync(
                context.HttpContext, new(GatewayError.BadRequest, "A header has a control character."), route.Credential.Provider));
    }
}

/// <summary>
/// Corrects what YARP copied from a third party's answer: no cookies, no secret, no address that bypasses the gateway, no header that is
/// reserved for the gateway.
/// </summary>
internal sealed class ResponseHeadersTransform : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } answer || !UpstreamRequest.TryGet(answer.RequestMessage, out var upstream))
        {
            return default;
        }

        var response = context.HttpContext.Response;
        Clean(answer.Headers, response.Headers, upstream);
        Clean(answer.Content.Headers, response.Headers, upstream);
        ResponseHeaders.RemoveNominated(answer.Headers, response.Headers);
        if (answer.ReasonPhrase is { } reason && ResponseHeaders.HoldsSecret(reason, upstream.Credential))
        {
            context.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        }

        // RFC 9111 section 3.5 protects answers to requests with Authorization from shared caches; the caller's request had none.
        if (response.Headers.CacheControl.Count == 0)
        {
            response.Headers.CacheControl = "private, no-store";
        }

        if (upstream.ReplayHeaderValue is { } replay)
        {
            response.Headers[UpstreamRequest.ReplayHeader] = replay;
        }

        return default;
    }

    private static void Clean(HttpHeaders answer, IHeaderDictionary copied, UpstreamRequest upstream)
    {
        foreach (var header in answer.NonValidated)
        {
            if (ResponseHeaders.IsForbidden(header.Key))
            {
                copied.Remove(header.Key);
            }
            else if (AddressRewriter.MayHoldAddress(header.Key))
            {
                Rewrite(header.Key, copied, upstream);
            }
            else if (ResponseHeaders.HoldsSecret(header.Value, upstream.Credential))
            {
                copied.Remove(header.Key);
            }
        }
    }

    private static void Rewrite(string name, IHeaderDictionary copied, UpstreamRequest upstream)
    {
        var rewriter = new AddressRewriter(
            upstream.Credential.Origin, upstream.Route.Path, upstream.Route.NamesOf(upstream.Provider), upstream.Caller);
        var values = copied[name].Select(value => rewriter.Rewrite(name, value ?? "")).ToArray();
        var isLeak = values.Any(value => ResponseHeaders.HoldsSecret(value, upstream.Credential));
        copied[name] = isLeak ? StringValues.Empty : new StringValues(values);
    }
}

/// <summary>The rules for an answer's headers, applied to its trailers.</summary>
internal sealed class TrailersTransform : ResponseTrailersTransform
{
    public override ValueTask ApplyAsync(ResponseTrailersTransformContext context)
    {
        if (context.ProxyResponse is not { } answer || !UpstreamRequest.TryGet(answer.RequestMessage, out var upstream))
        {
            return default;
        }

        var copied = context.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        foreach (var trailer in answer.TrailingHeaders.NonValidated)
        {
            if (ResponseHeaders.IsForbidden(trailer.Key) || ResponseHeaders.HoldsSecret(trailer.Value, upstream.Credential))
            {
                copied.Remove(trailer.Key);
            }
        }

        ResponseHeaders.RemoveNominated(answer.Headers, copied);
        return default;
    }
}
