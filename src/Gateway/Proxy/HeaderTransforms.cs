using System.Net.Http.Headers;

using Gateway.Model;
using Gateway.Proxy.Headers;
using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy;

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

/// <summary>
/// Corrects what YARP copied from a third party's answer: no cookies, no secret echoed, no address that leads around the gateway,
/// no header that only the gateway may set.
/// </summary>
internal sealed class ResponseHeadersTransform : ResponseTransform
{
    public override ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { RequestMessage: { } request } answer || !UpstreamRequest.TryGet(request, out var exchange))
        {
            return default;
        }

        var headers = context.HttpContext.Response.Headers;
        Clean(answer.Headers, headers, exchange, context.HttpContext);
        Clean(answer.Content.Headers, headers, exchange, context.HttpContext);
        NominatedNames.Remove(answer.Headers, headers);

        // The status line is no header, but comes back just the same.
        if (answer.ReasonPhrase is { } reason && ResponseRules.HoldsSecret(reason, exchange.Credential))
        {
            context.HttpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
        }

        // RFC 9111 section 3.5 keeps shared caches off requests with Authorization; the caller's had none.
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "private, no-store";
        }

        if (exchange.Replay is { } action)
        {
            headers[ReplayHeader.Name] = ReplayHeader.Value(action);
        }

        return default;
    }

    private static void Clean(HttpHeaders answer, IHeaderDictionary headers, UpstreamRequest exchange, HttpContext context)
    {
        foreach (var header in answer.NonValidated)
        {
            if (ResponseRules.IsForbidden(header.Key))
            {
                headers.Remove(header.Key);
            }
            else if (ResponseRules.MayHoldAddress(header.Key))
            {
                Readdress(header.Key, headers, exchange, context);
            }
            else if (ResponseRules.HoldsSecret(header.Value, exchange.Credential))
            {
                headers.Remove(header.Key);
            }
        }
    }

    private static void Readdress(string name, IHeaderDictionary headers, UpstreamRequest exchange, HttpContext context)
    {
        var values = headers[name].ToArray();
        for (var index = 0; index < values.Length; index++)
        {
            values[index] = AddressRewriter.Rewrite(name, values[index] ?? "", exchange, context);
        }

        var isLeak = values.Any(value => ResponseRules.HoldsSecret(value!, exchange.Credential));
        headers[name] = isLeak ? StringValues.Empty : new StringValues(values);
    }
}

/// <summary>The rules for an answer's headers, applied to its trailers.</summary>
internal sealed class TrailersTransform : ResponseTrailersTransform
{
    public override ValueTask ApplyAsync(ResponseTrailersTransformContext context)
    {
        if (context.ProxyResponse is not { RequestMessage: { } request } answer || !UpstreamRequest.TryGet(request, out var exchange))
        {
            return default;
        }

        var trailers = context.HttpContext.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        foreach (var trailer in answer.TrailingHeaders.NonValidated)
        {
            if (ResponseRules.IsForbidden(trailer.Key) || ResponseRules.HoldsSecret(trailer.Value, exchange.Credential))
            {
                trailers.Remove(trailer.Key);
            }
        }

        NominatedNames.Remove(answer.Headers, trailers);
        return default;
    }
}
