using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Upgrade;

/// <summary>
/// The gateway reads and updates a store and a journal of the version before the rebuild. README.md describes the fixtures.
/// </summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    private const string Fixtures = "tests/Gateway.IntegrationTests/Store/Upgrade";

    private static readonly string Key = Convert.ToBase64String(Enumerable.Range(7, 32).Select(static i => (byte)i).ToArray());

    private readonly TemporaryDirectory _folder = new();
    private readonly WebApplication _provider = Provider();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _provider.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_folder_of_an_older_embedded_store_is_read_and_updated()
    {
        await using (var file = new GZipStream(File.OpenRead(PathOf("embedded.tar.gz")), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(file, _folder.Path, overwriteFiles: true, Cancel);
        }

        await using var gateway = await GatewayProcess.StartAsync(Configuration(), $"Store:Path={_folder.Path}");

        await AssertCarriedOnAsync(gateway, unsaved: "Bearer access-unsaved-1");
    }

    [Fact]
    public async Task The_records_and_the_journal_of_an_older_version_are_read_and_updated()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await LoadAsync(client.GetDatabase());
        var grant = Directory.GetFiles(PathOf(""), "*.grant").Single();
        var journal = Directory.CreateDirectory(Path.Combine(_folder.Path, "journal")).FullName;
        File.Copy(grant, Path.Combine(journal, Path.GetFileName(grant)));

        await using var gateway = await GatewayProcess.StartAsync(
            Configuration(), $"Store:Redis={redis.Configuration}", $"Store:EncryptionKeys:0={Key}", $"Store:Path={_folder.Path}");

        await Eventually.TrueAsync(
            async () => (await client.GetDatabase().StringGetAsync("gateway:{oauth/unsaved}:connection")).StartsWith("2 "),
            () => gateway.Output);
        await Eventually.TrueAsync(() => Directory.GetFiles(journal, "*.grant").Length == 0);
        await AssertCarriedOnAsync(gateway, unsaved: "Bearer access-unsaved-2");
    }

    private static string PathOf(string name) => RepositoryFiles.PathOf(Path.Combine(Fixtures, name));

    private static async Task AssertCarriedOnAsync(GatewayProcess gateway, string unsaved)
    {
        Assert.Equal("Bearer access-ready-1", await CallAsync(gateway, "oauth", "ready"));
        Assert.Equal("Bearer access-rotated-2", await CallAsync(gateway, "oauth", "rotated"));
        Assert.Equal("Bearer access-dead-1", await CallAsync(gateway, "oauth", "dead"));
        Assert.Equal("Bearer access-backoff-1", await CallAsync(gateway, "oauth", "backoff"));
        Assert.Equal("Bearer access-open-1", await CallAsync(gateway, "oauth", "open"));
        Assert.Equal(unsaved, await CallAsync(gateway, "oauth", "unsaved"));
        Assert.Equal("Bearer cc-token-1", await CallAsync(gateway, "machine", "machine"));
        Assert.Equal("Bearer static-token", await CallAsync(gateway, "static", "static"));
        Assert.Equal("pair-key application-secret", await CallAsync(gateway, "pair", "pair"));

        var listed = JsonNode.Parse(await gateway.Admin.GetStringAsync("/connections", Cancel))!["items"]!.AsArray();
        Assert.Equal(
            ["backoff", "dead", "machine", "open", "pair", "ready", "rotated", "static", "unsaved"],
            listed.Select(static item => (string)item!["name"]!).Order(StringComparer.Ordinal));
        Assert.Equal("reauthorization_required", (string)listed.Single(static item => (string)item!["name"]! == "dead")!["status"]!);

        using var refresh = await gateway.Admin.PostAsync("/connections/oauth/rotated/refresh", null, Cancel);
        Assert.True(refresh.StatusCode == HttpStatusCode.OK, gateway.Output);
        Assert.Equal("Bearer access-rotated-3", await CallAsync(gateway, "oauth", "rotated"));
    }

    private static async Task<string> CallAsync(GatewayProcess gateway, string provider, string connection)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/{provider}/echo");
        request.Headers.Add("Gateway-Connection", connection);
        using var answer = await gateway.Proxy.SendAsync(request, Cancel);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task LoadAsync(IDatabase db)
    {
        foreach (var entry in JsonNode.Parse(await File.ReadAllTextAsync(PathOf("redis.json"), Cancel))!.AsArray())
        {
            RedisKey key = (string)entry!["key"]!;
            if (entry["string"] is { } text)
            {
                await db.StringSetAsync(key, (string)text!);
            }
            else if (entry["set"] is JsonArray members)
            {
                await db.SetAddAsync(key, [.. members.Select(static member => (RedisValue)(string)member!)]);
            }
            else
            {
                var scores = entry["zset"]!.AsObject().Select(
                    static pair => new SortedSetEntry(pair.Key, double.Parse((string)pair.Value!, CultureInfo.InvariantCulture)));
                await db.SortedSetAddAsync(key, [.. scores]);
            }
        }
    }

    // Rotates refresh-MARK-N to N + 1, and answers calls with the credential that it received.
    private static WebApplication Provider()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            if (context.Request.Path != "/token")
            {
                var headers = context.Request.Headers;
                await context.Response.WriteAsync($"{headers.Authorization}{headers["X-Api-Key"]} {headers["X-Secret-Key"]}".Trim());
                return;
            }

            var form = await context.Request.ReadFormAsync();
            var spent = form["refresh_token"].ToString().Split('-');
            var next = spent.Length == 3 ? int.Parse(spent[2], CultureInfo.InvariantCulture) + 1 : 1;
            object answer = spent.Length == 3
                ? new { access_token = $"access-{spent[1]}-{next}", refresh_token = $"refresh-{spent[1]}-{next}", expires_in = 3600 }
                : new { access_token = "cc-token-1", expires_in = 3600 };
            await context.Response.WriteAsJsonAsync(answer);
        });
        return app;
    }

    private string Configuration()
    {
        var origin = _provider.Urls.Single();
        var client = $$"""
            "Origin": "{{origin}}", "TokenEndpoint": "{{origin}}/token", "ClientId": "client", "ClientSecret": "secret"
            """;
        var routes = string.Join(", ", new[] { "oauth", "machine", "static", "pair" }.Select(static provider => $$"""
            "{{provider}}": { "ClusterId": "api", "Match": { "Path": "/{{provider}}/{**path}" },
                              "Transforms": [ { "PathPattern": "/{**path}" }, { "Credential": "{{provider}}" } ] }
            """));
        return $$"""
            {
              "Providers": {
                "oauth": { "Kind": "OAuth2", "Grant": "AuthorizationCode", "AuthorizationEndpoint": "{{origin}}/authorize", {{client}} },
                "machine": { "Kind": "OAuth2", "Grant": "ClientCredentials", {{client}} },
                "static": { "Kind": "Secret", "Origin": "{{origin}}", "Inject": { "Headers": { "Authorization": "Bearer {token}" } } },
                "pair": { "Kind": "Secret", "Origin": "{{origin}}", "Secrets": { "secretKey": "application-secret" },
                          "Inject": { "Headers": { "X-Api-Key": "{apiKey}", "X-Secret-Key": "{secretKey}" } } }
              },
              "ReverseProxy": { "Routes": { {{routes}} },
                                "Clusters": { "api": { "Destinations": { "api": { "Address": "{{origin}}/" } } } } }
            }
            """;
    }
}
