using System.Net.Http.Headers;
using System.Text.Json.Nodes;

using Gateway.Model;

using Microsoft.Extensions.Logging.Console;

namespace Gateway.Testing;

/// <summary>
/// The whole gateway in this process, over a store in memory, with one route to a key provider and one to an OAuth provider at the same
/// origin.
/// </summary>
internal sealed class ObservedGateway : IAsyncDisposable
{
    public const string AdminKey = "CANARY-admin-key";

    private readonly TemporaryDirectory _directory = new();
    private readonly WebApplication _app;

    private ObservedGateway(string upstream, string[] arguments, Action<WebApplicationBuilder>? configure)
    {
        ProxyPort = FreePort.Next();
        var adminPort = FreePort.Next();
        _app = GatewayHosting.Build(
            [
                "--config", _directory.Write("gateway.json", Configuration(upstream).ToJsonString()), $"--Admin:Key={AdminKey}",
                $"--Store:Path={_directory.At("data")}",
                $"--Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:{ProxyPort}",
                $"--Kestrel:Endpoints:Admin:Url=http://127.0.0.1:{adminPort}",
                "--Kestrel:Endpoints:Connect:Url=http://127.0.0.1:0", .. arguments,
            ],
            builder =>
            {
                builder.Services.Remove(
                    builder.Services.Single(static service => service.ImplementationType == typeof(ConsoleLoggerProvider)));
                builder.Logging.AddProvider(Logs);
                builder.Services.WithoutStoreServer().AddSingleton<IConnectionStore>(Store);
                configure?.Invoke(builder);
            });
        Proxy = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ProxyPort}") };
        Admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{adminPort}") };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    public int ProxyPort { get; }

    public HttpClient Proxy { get; }

    public HttpClient Admin { get; }

    public InMemoryConnectionStore Store { get; } = new(TimeProvider.System);

    public LogCapture Logs { get; } = new();

    public static async Task<ObservedGateway> StartAsync(
        string upstream, string[] arguments, Action<WebApplicationBuilder>? configure = null)
    {
        var gateway = new ObservedGateway(upstream, arguments, configure);
        await gateway._app.StartAsync();
        return gateway;
    }

    public async Task PutAsync(string connection, string body)
    {
        using var content = new StringContent(body);
        using var response = await Admin.PutAsync(new Uri($"/connections/{connection}", UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode);
    }

    public async Task<string> ScrapeAsync() => await Admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        Admin.Dispose();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    private static JsonObject Configuration(string upstream) => JsonNode.Parse($$"""
        {
          "Providers": {
            "seen-keys": {
              "Kind": "Secret", "Origin": "{{upstream}}", "Verify": { "Path": "/verify" },
              "Inject": { "Headers": { "X-Key": "{apiKey}" }, "Query": { "apiKey": "{apiKey}" } }
            },
            "seen-oauth": {
              "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{upstream}}",
              "AuthorizationEndpoint": "{{upstream}}/authorize", "TokenEndpoint": "{{upstream}}/token",
              "ClientId": "observed", "ClientSecret": "CANARY-client-secret"
            }
          },
          "ReverseProxy": {
            "Routes": {
              "keys": { "ClusterId": "up", "Match": { "Path": "/keys/{**path}" },
                "Transforms": [ { "PathPattern": "/{**path}" }, { "Credential": "seen-keys" } ] },
              "oauth": { "ClusterId": "up", "Match": { "Path": "/oauth/{**path}" },
                "Transforms": [ { "PathPattern": "/{**path}" }, { "Credential": "seen-oauth" } ] }
            },
            "Clusters": { "up": { "Destinations": { "api": { "Address": "{{upstream}}/" } } } }
          }
        }
        """)!.AsObject();
}
