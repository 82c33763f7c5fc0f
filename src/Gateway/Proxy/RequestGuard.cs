using Gateway.Model;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Proxy;

/// <summary>What is refused before a credential is fetched, the target aside.</summary>
internal static class RequestGuard
{
    /// <returns>Why the request is refused; null when it may pass.</returns>
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
            // RFC 9112 section 6.1: nothing that follows on this connection can be trusted to be a request.
            context.Response.Headers.Connection = "close";
            return new(GatewayError.BadRequest, "The request has both Content-Length and Transfer-Encoding.");
        }

        return ExpectsMore(context.Request.Headers.Expect)
            ? new(GatewayError.ExpectationFailed, "The request expects something other than 100-continue.")
            : null;
    }

    // Only what YARP would carry on counts; an offer of h2c is left unanswered, as RFC 9110 section 7.8 allows.
    private static bool IsUpgrade(HttpContext context) =>
        (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && !context.Request.Headers.Upgrade.ToString().Equals("h2c", StringComparison.OrdinalIgnoreCase))
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    // RFC 9112 section 6.1: the sign of a smuggled request. The server keeps the length under another name.
    private static bool HasTwoLengths(IHeaderDictionary headers) =>
        headers.TransferEncoding.Count > 0 && (headers.ContentLength is not null || headers.ContainsKey("X-Content-Length"));

    // RFC 9110 section 10.1.1. The server itself answers 100-continue, when the body is read.
    private static bool ExpectsMore(StringValues expectations)
    {
        foreach (var line in expectations)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                var expectation = line.AsSpan()[range].Trim();
                if (!expectation.IsEmpty && !expectation.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
