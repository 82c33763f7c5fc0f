using System.Collections.Concurrent;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Tests.Infrastructure;

/// <summary>A third party that speaks HTTP/2 without TLS (prior knowledge).</summary>
internal sealed class Http2Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Http2Upstream(WebApplication app) => _app = app;

    /// <summary>Answers a request; the body is the test's to read.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Each request's Authorization, in order.</summary>
    public ConcurrentQueue<string> Attempts { get; } = new();

    public string Origin => _app.Urls.First();

    public static async Task<Http2Upstream> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0")
            .ConfigureKestrel(options => options.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
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
