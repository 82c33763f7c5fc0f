using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Listeners;

/// <summary>The limits of every listener. Some equal the framework's defaults; they are stated so that they cannot change with it.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.RequestHeaderEncodingSelector = ConnectionHeaderEncoding.ForHeader;
        var limits = options.Limits;

        // A longer request line is answered 414; larger or more headers 431.
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;

        // Slow peers: headers within 30 s, then 240 bytes/s after a grace of 5 s in both directions; an idle connection is closed after 130 s.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(30);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        // The framework has no limit. At about 20 KiB each, this many idle connections stay below 200 MiB.
        limits.MaxConcurrentConnections = 10_000;
        limits.MaxConcurrentUpgradedConnections = 1_000;
        limits.Http2.MaxStreamsPerConnection = 100;

        // Uploads of any size stream through the proxy listener; the other listeners have a limit of their own (MapListener).
        limits.MaxRequestBodySize = null;
    }
}
