using System.Net;

using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gateway.Onboarding;

/// <summary>
/// Takes the address of an owner's browser from the proxies that terminate TLS in front, where <c>Connect:TrustedProxies</c> names them: the
/// last entry of <c>X-Forwarded-For</c> that none of them has. Nothing else is taken: the public address is configured, never heard.
/// </summary>
internal sealed partial class ClientAddress
{
    private readonly RequestDelegate _next;
    private readonly IConfiguration _configuration;
    private readonly ILoggerFactory _loggers;

    // Null: nobody is trusted. Replaced when a configuration comes into force, read once by each request.
    private volatile ForwardedHeadersMiddleware? _forwarded;

    // 1 once somebody was told that a header is ignored; 0 again under another configuration. Two requests may both try, one tells.
    private int _isTold;

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
        if (ReferenceEquals(peer, context.Connection.RemoteIpAddress) && context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XForwardedForHeaderName))
        {
            Tell(peer);
        }

        return _next(context);
    }

    private void Read()
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };

        // Loopback by default; and with both lists empty the framework believes everybody, so then it is not asked.
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
        Interlocked.Exchange(ref _isTold, 0);
    }

    // Once: who sends the header is not known to be a proxy at all.
    private void Tell(IPAddress? peer)
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0)
        {
            Log.Ignored(_loggers.CreateLogger<ClientAddress>(), peer?.ToString() ?? "a local socket");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5020, LogLevel.Warning, "X-Forwarded-For that {Peer} sends to the Connect listener is not taken: audit lines name {Peer}, and all owners behind it share one limit of starts. If it is your proxy, Connect:TrustedProxies has to name it.")]
        public static partial void Ignored(ILogger logger, string peer);
    }
}
