using System.Net;
using System.Threading.RateLimiting;

namespace Gateway.Onboarding.Consent;

/// <summary>Starts per address: thirty at once, one more every two seconds. Each of them writes to the store and asks a provider.</summary>
internal sealed class StartLimit : IDisposable
{
    // Networks, not hosts: one owner of IPv6 addresses has 2^64 of them.
    private const int Ipv6NetworkBytes = 8;

    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext, string>(static context =>
        RateLimitPartition.GetTokenBucketLimiter(NetworkOf(context.Connection.RemoteIpAddress), static _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = 30, TokensPerPeriod = 1, ReplenishmentPeriod = TimeSpan.FromSeconds(2), QueueLimit = 0, AutoReplenishment = true,
        }));

    public bool Admits(HttpContext context)
    {
        using var lease = _limiter.AttemptAcquire(context);
        return lease.IsAcquired;
    }

    public void Dispose() => _limiter.Dispose();

    private static string NetworkOf(IPAddress? address) =>
        address is null ? ""
        : address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString()
        : address.GetAddressBytes() is { Length: > Ipv6NetworkBytes } bytes ? Convert.ToHexString(bytes.AsSpan(0, Ipv6NetworkBytes))
        : address.ToString();
}
