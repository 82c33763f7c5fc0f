using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Proxy.Headers;

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
