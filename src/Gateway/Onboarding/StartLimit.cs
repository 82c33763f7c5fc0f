using System.Net;
using System.Threading.RateLimiting;

using Gateway.Model;
using Gateway.Onboarding.Pages;

using Microsoft.AspNetCore.RateLimiting;

namespace Gateway.Onboarding;

/// <summary>
/// Limits starts for each client network to thirty at once and one more every two seconds: each of them writes to the store and may ask
/// a provider.
/// </summary>
internal sealed class StartLimit(ProviderCatalog catalog, OnboardingAudit audit) : IRateLimiterPolicy<string>
{
    public const string PolicyName = "connect-starts";

    // An owner of IPv6 addresses has a /64 of them, so that the limit counts networks.
    private const int Ipv6NetworkBytes = 8;

    public Func<OnRejectedContext, CancellationToken, ValueTask> OnRejected => async (rejected, _) =>
    {
        var context = rejected.HttpContext;
        if (catalog.Find(context.Request.RouteValues["provider"] as string ?? "") is { } provider)
        {
            audit.Refused(context, provider.Name, Refusal.TooMany);
        }

        context.Response.Headers.RetryAfter = "60";
        await PageResult.Problem(Refusal.TooMany).ExecuteAsync(context);
    };

    public RateLimitPartition<string> GetPartition(HttpContext httpContext) =>
        RateLimitPartition.GetTokenBucketLimiter(NetworkOf(httpContext.Connection.RemoteIpAddress), static _ =>
            new() { TokenLimit = 30, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(2), QueueLimit = 0 });

    private static string NetworkOf(IPAddress? address) =>
        address is null ? ""
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.GetAddressBytes() is { Length: > Ipv6NetworkBytes } bytes ? Convert.ToHexString(bytes.AsSpan(0, Ipv6NetworkBytes))
        : address.ToString();
}
