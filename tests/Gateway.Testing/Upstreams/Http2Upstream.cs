using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;

using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Testing;

/// <summary>A third party that speaks HTTP/2.</summary>
internal sealed class Http2Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Http2Upstream(WebApplication app) => _app = app;

    /// <summary>Answers a request; it may read the body.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Each request's Authorization, in order.</summary>
    public ConcurrentQueue<string> Attempts { get; } = new();

    public string Origin => _app.Urls.First();

    /// <param name="certificate">Speak TLS, HTTP/2 chosen by ALPN; null for prior knowledge.</param>
    public static async Task<Http2Upstream> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            if (certificate is not null)
            {
                endpoint.UseHttps(certificate);
            }
        }));
        var upstream = new Http2Upstream(builder.Build());
        upstream._app.Run(context =>
        {
            upstream.Attempts.Enqueue(context.Request.Headers.Authorization.ToString());
            return upstream.Answer(context);
        });
        await upstream._app.StartAsync();
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
