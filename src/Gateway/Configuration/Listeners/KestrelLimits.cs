using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Configuration.Listeners;

/// <summary>What differs from the server's own limits, for every listener.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        options.RequestHeaderEncodingSelector = ConnectionHeaderEncoding.ForHeader;

        // The framework has no limit. At about 20 KiB each, this many idle connections stay below 200 MiB.
        options.Limits.MaxConcurrentConnections = 10_000;
        options.Limits.MaxConcurrentUpgradedConnections = 1_000;

        // Uploads of any size stream through the proxy listener; the other listeners have a limit of their own (MapListener).
        options.Limits.MaxRequestBodySize = null;
    }
}
