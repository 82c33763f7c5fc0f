using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

using IPNetwork = System.Net.IPNetwork;

namespace Gateway.Onboarding;

/// <summary>
/// Takes the address of an owner's browser from the proxies in front that <c>Connect:TrustedProxies</c> names: the last entry of
/// <c>X-Forwarded-For</c> that is not one of them. Host, scheme and prefix are never taken: the public address is configured.
/// The walk is the framework's; this class rebuilds it on reload and warns once about a header that is ignored (docs/decisions/0061).
/// </summary>
internal sealed partial class ClientAddress
{
    private readonly RequestDelegate _next;
    private readonly IConfiguration _configuration;
    private readonly ILoggerFactory _loggers;

    // Null: no proxy is trusted. Replaced on reload, read once by each request.
    private volatile ForwardedHeadersMiddleware? _forwarded;

    // 1 once the warning was logged; 0 again after a reload. Two requests may race for it, one logs.
    private int _hasWarned;

    public ClientAddress(RequestDelegate next, IConfiguration configuration, ILoggerFactory loggers)
    {
        (_next, _configuration, _loggers) = (next, configuration, loggers);
        ChangeToken.OnChange(configuration.GetReloadToken, Read);
        Read();
    }

    public Task InvokeAsync(HttpContext context)
    {
        var peer = context.Connection.RemoteIpAddress;
        _forwarded?.ApplyForwarders(context);
        if (ReferenceEquals(peer, context.Connection.RemoteIpAddress)
            && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName)
            && Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            Log.Ignored(_loggers.CreateLogger<ClientAddress>(), peer?.ToString() ?? "a local socket");
        }

        return _next(context);
    }

    private void Read()
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };

        // Removes loopback, the default. With both lists empty the framework trusts every peer, so then it is not called at all.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var item in _configuration.GetSection("Connect:TrustedProxies").GetChildren())
        {
            if (TrustedProxy.TryParse(item.Value ?? "", out var network))
            {
                options.KnownIPNetworks.Add(network);
            }
        }

        _forwarded = options.KnownIPNetworks.Count > 0 ? new ForwardedHeadersMiddleware(_next, _loggers, Options.Create(options)) : null;
        Interlocked.Exchange(ref _hasWarned, 0);
    }

    private static partial class Log
    {
        [LoggerMessage(5020, LogLevel.Warning,
            "X-Forwarded-For from {Peer} is ignored on the Connect listener: audit lines name {Peer}, and all owners behind it share one "
            + "limit of starts. If {Peer} is your proxy, add it to Connect:TrustedProxies.")]
        public static partial void Ignored(ILogger logger, string peer);
    }
}

/// <summary>An item of <c>Connect:TrustedProxies</c>: an address, or a network in CIDR notation.</summary>
internal static class TrustedProxy
{
    private const int Ipv4PrefixInIpv6 = 96;

    /// <summary>
    /// Accepts one spelling for each network: no octal or shortened IPv4, no bits beyond the prefix, and not the whole address space,
    /// because every client could then forge its address. IPv4 in IPv6 is read as IPv4.
    /// </summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        var parts = text.Split('/');
        if (parts.Length > 2 || !TryParseAddress(parts[0], out var address))
        {
            return false;
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = bits;
        if (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6 && prefix > Ipv4PrefixInIpv6)
        {
            (address, prefix, bits) = (address.MapToIPv4(), prefix - Ipv4PrefixInIpv6, 32);
        }

        return prefix > 0 && prefix <= bits
            && IPNetwork.TryParse($"{address}/{prefix}", out network) && network.BaseAddress.Equals(address);
    }

    private static bool TryParseAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.AsSpan().ContainsAny('%', '[', ']'));
}
