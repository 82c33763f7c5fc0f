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

    // True once the warning was logged; false again after a reload. Two requests may race for it, one logs.
    private bool _hasWarned;

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
            && !Interlocked.Exchange(ref _hasWarned, true))
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
        Interlocked.Exchange(ref _hasWarned, false);
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
        var spelled = text.Split('/')[0];
        if (!IPAddress.TryParse(spelled, out var address))
        {
            return false;
        }

        var isIpv4 = address.AddressFamily == AddressFamily.InterNetwork;
        var bits = isIpv4 ? 32 : 128;
        if ((isIpv4 ? address.ToString() != spelled : spelled.AsSpan().ContainsAny('%', '[', ']'))
            || !IPNetwork.TryParse(text == spelled ? $"{text}/{bits}" : text, out network)
            || network.PrefixLength == 0 || !network.BaseAddress.Equals(address))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6 && network.PrefixLength > Ipv4PrefixInIpv6)
        {
            network = new IPNetwork(address.MapToIPv4(), network.PrefixLength - Ipv4PrefixInIpv6);
        }

        return true;
    }
}
