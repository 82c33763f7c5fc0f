using System.Text;

namespace Gateway.Tests.Proxy;

/// <summary>YARP without the gateway: the same routes, with a constant header where the gateway injects a credential.</summary>
internal static class BareYarp
{
    /// <param name="origin">The origin that receives <c>/acme/…</c> as <c>/v1/…</c>.</param>
    public static async Task<WebApplication> StartAsync(string origin)
    {
        var setup = new GatewaySetup().Route(
            "acme", "/acme/{**path}", origin, "\"PathPattern\": \"/v1/{**path}\"",
            "\"RequestHeader\": \"Authorization\", \"Set\": \"Bearer token-1\"",
            "\"X-Forwarded\": \"Off\"");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(setup.ReverseProxy.ToJsonString()));
        builder.Services.AddRouting().AddMetrics().AddLogging()
            .AddReverseProxy().LoadFromConfig(new ConfigurationBuilder().AddJsonStream(json).Build());
        var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        return app;
    }
}
