using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Transforms;

namespace Gateway.Forwarding.Hygiene;

/// <summary>The rules for an answer's headers, applied to its trailers.</summary>
internal sealed class TrailersHygieneTransform : ResponseTrailersTransform
{
    public override ValueTask ApplyAsync(ResponseTrailersTransformContext context)
    {
        if (context.ProxyResponse is not { RequestMessage: { } request } answer || !Exchange.TryGet(request, out var exchange))
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
