using Gateway.Model;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gateway.Proxy;

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
    private static bool HasUnknownExpectation(StringValues expectations)
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
