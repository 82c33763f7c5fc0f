using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Demo.Providers;

/// <summary>Ports, protocol and clock of a simulated provider. Defaults: a free port, plain HTTP/1.1, the system clock.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Port of the API host on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// Port of the second host, if the provider has one (bexio's identity provider, Bookeo's sign-in page); 0 takes a free one.
    /// </summary>
    public int SecondPort { get; init; }

    /// <summary>Protocol of all hosts of the provider.</summary>
    public Wire Wire { get; init; } = Wire.Http1;

    /// <summary>The clock of lifetimes, rate-limit windows, the <c>Date</c> header and delays.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Number of requests that the log keeps; the oldest are dropped first.</summary>
    public int LogCapacity { get; init; } = 4096;
}

/// <summary>The protocol of a simulated host.</summary>
internal enum Wire
{
    /// <summary>Plain HTTP/1.1.</summary>
    Http1,

    /// <summary>Plain HTTP/2 with prior knowledge (h2c).</summary>
    Http2,

    /// <summary>TLS with <see cref="LoopbackCertificate"/>; ALPN selects HTTP/2 or HTTP/1.1.</summary>
    Tls,
}

/// <summary>Configures a Kestrel listener for a <see cref="Wire"/>.</summary>
internal static class WireListening
{
    public static void UseWire(this ListenOptions listen, Wire wire)
    {
        listen.Protocols = wire switch
        {
            Wire.Http1 => HttpProtocols.Http1,
            Wire.Http2 => HttpProtocols.Http2,
            _ => HttpProtocols.Http1AndHttp2,
        };

        if (wire == Wire.Tls)
        {
            listen.UseHttps(LoopbackCertificate.Current);
        }

        if (wire != Wire.Http2)
        {
            listen.Use(WireTap.Listen); // added after TLS, so that it reads decrypted bytes
        }
    }
}
