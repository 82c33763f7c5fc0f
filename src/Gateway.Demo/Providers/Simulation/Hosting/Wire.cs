namespace Gateway.Demo.Providers;

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
