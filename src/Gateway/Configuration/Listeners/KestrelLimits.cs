using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Listeners;

/// <summary>What a caller may cost before a request is understood. Values equal to the framework's default are written down on purpose.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.RequestHeaderEncodingSelector = ConnectionHeaderEncoding.ForHeader;
        var limits = options.Limits;

        // Beyond 8 KiB 414; beyond 32 KiB or 100 fields 431.
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;

        // Slow senders: headers within 30 s, then 240 bytes/s after a grace of 5 s in both directions; idle connections go after 130 s.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        // The framework sets no bound. At some 20 KiB each, this many idle connections stay below 200 MiB.
        limits.MaxConcurrentConnections = 10_000;
        limits.MaxConcurrentUpgradedConnections = 1_000;
        limits.Http2.MaxStreamsPerConnection = 100;

        // Uploads stream through the proxy listener whatever their size; the other listeners have their own limit (BodyLimit).
        limits.MaxRequestBodySize = null;
    }
}
