using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Demo.Providers;

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
