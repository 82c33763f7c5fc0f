using System.Net;
using System.Text;

using Gateway.Demo.Providers;
using Gateway.Testing.Otlp;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// A canary in every secret field, the built gateway at log level Trace, and a Redis whose commands are recorded: after successes and
/// failures of all kinds no canary, in any usual encoding, may appear in an answer, a log, telemetry or the store.
/// </summary>
public sealed class CanaryTests : IAsyncLifetime
{
    private const string IntegrationToken = "canary-integration-token-3b1f";
    private const string ApiKey = "canary-api-key-77c2";
    private const string SecretKey = "canary-secret-key-90de";
    private const string RefreshToken = "canary-refresh-token-51aa";
    private const string AccessToken = "canary-access-token-c4e8";
    private const string CallerSecret = "canary-caller-bearer-1d0b";
    private const string QuerySecret = "canary-query-value-68f3";
    private static readonly string EncryptionKey = Convert.ToBase64String(Encoding.ASCII.GetBytes("canary-master-key-0123456789abcd"));

    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(password: "canary-redis-password-aa17", appendOnly: true);
        _flow = await BokioFlow.StartAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_secret_appears_in_answers_logs_telemetry_or_the_store(bool grpc)
    {
        var outside = new StringBuilder();
        await using var collector = await OtlpCollector.StartAsync();
        await using var monitor = await RedisMonitor.StartAsync(_redis);
        await using var gateway = await GatewayProcess.StartAsync(
            Configuration,
            [$"Store:Redis={_redis.Configuration}", $"Store:EncryptionKeys:0={EncryptionKey}", "Logging:LogLevel:Default=Trace",
                .. collector.Settings(grpc)]);

        await RunScenarioAsync(gateway, outside);

        await ReadAdminAsync(gateway, outside);
        Assert.Equal(0, await gateway.StopAsync());
        AssertTold(collector);
        Assert.Contains("\"Debug\"", gateway.Output, StringComparison.Ordinal);

        var issued = _flow.Bokio.Authorization.Counters.CallsOf("refresh_token");
        Assert.True(issued > 0, "The scenario caused no refresh.");
        Assert.Contains("gateway", monitor.Text, StringComparison.Ordinal);
        Assert.Contains(FilesOfRedis(), static file => file.Text.Contains("bokio", StringComparison.Ordinal));
        foreach (var canary in Canaries().SelectMany(Spellings))
        {
            Assert.DoesNotContain(canary, outside.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(canary, gateway.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(canary, collector.Raw, StringComparison.Ordinal);
            Assert.DoesNotContain(canary, monitor.Text, StringComparison.Ordinal);
            Assert.All(
                FilesOfRedis(), file =>
                    Assert.False(file.Text.Contains(canary, StringComparison.Ordinal), $"{canary} stands in {file.Name}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _flow.DisposeAsync();
        await _redis.DisposeAsync();
    }

    // The scenario's successes and failures reached the collector, in all three signals.
    private static void AssertTold(OtlpCollector collector)
    {
        Assert.Contains(collector.Spans, static span => span.Attributes.GetValueOrDefault("http.request.resend_count") is 1L);
        Assert.Contains(collector.Spans, static span => span is { Name: "gateway.refresh", Status: 2 });
        Assert.Contains(collector.Spans, static span => span is { Name: "gateway.attempt", Status: 2 });
        Assert.Contains(collector.Logs, static log => log.Severity == "Debug");
        Assert.Contains(collector.Logs, static log => log.Body.Contains("could not be refreshed", StringComparison.Ordinal));
        Assert.Contains(collector.Points, static point => point.Name == "gateway.errors" && point.Value > 0);
    }

    private string Configuration => $$"""
        {
          "Providers": {
            "bokio": {
              "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{Origin}}", "TokenEndpoint": "{{_flow.Bokio.TokenEndpoint}}",
              "ClientId": "{{_flow.Bokio.Client.Id}}", "ClientSecret": "{{_flow.Bokio.Client.Secret}}" },
            "private": { "Kind": "Secret", "Origin": "{{Origin}}", "Inject": { "Headers": { "Authorization": "Bearer {token}" } } },
            "pair": { "Kind": "Secret", "Origin": "{{Origin}}", "Secrets": { "secretKey": "{{SecretKey}}" },
              "Inject": { "Headers": { "X-Pair-Secret": "{secretKey}" }, "Query": { "apiKey": "{apiKey}" } } } },
          "ReverseProxy": {
            "Routes": {
              "bokio": { "ClusterId": "api", "Match": { "Path": "/bokio/{**path}" },
                "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "bokio" } ] },
              "private": { "ClusterId": "api", "Match": { "Path": "/private/{**path}" },
                "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "private" } ] },
              "pair": { "ClusterId": "api", "Match": { "Path": "/pair/{**path}" },
                "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "pair" } ] } },
            "Clusters": { "api": { "Destinations": { "api": { "Address": "{{Origin}}/" } } } } }
        }
        """;

    private string Origin => _flow.Bokio.Api.Address.ToString().TrimEnd('/');

    private IEnumerable<string> Canaries() =>
    [
        IntegrationToken, ApiKey, SecretKey, RefreshToken, AccessToken, CallerSecret, QuerySecret, EncryptionKey,
        "canary-redis-password-aa17", "canary-master-key", _flow.Bokio.Client.Secret, GatewayProcess.AdminKey,
    ];

    private static IEnumerable<string> Spellings(string canary) =>
        [canary, Uri.EscapeDataString(canary), Convert.ToBase64String(Encoding.UTF8.GetBytes(canary)).TrimEnd('='),
            Convert.ToHexStringLower(Encoding.UTF8.GetBytes(canary))];

    private async Task RunScenarioAsync(GatewayProcess gateway, StringBuilder outside)
    {
        await gateway.PutConnectionAsync("private", "default", new { fields = new { token = IntegrationToken } });
        await gateway.PutConnectionAsync("pair", "default", new { fields = new { apiKey = ApiKey } });
        await _flow.ConnectAsync(gateway, expiresIn: 0);
        foreach (var path in new[] { _flow.InvoicesPath, "/private/companies", "/pair/anything?q=" + QuerySecret,
                "/nowhere?token=" + QuerySecret, "/bokio/%2e%2e/" + QuerySecret })
        {
            await AskAsync(gateway, path, outside);
        }

        _flow.Bokio.Authorization.ExpireAccessTokens();
        await AskAsync(gateway, _flow.InvoicesPath, outside);

        // Dead grants, refused writes and broken answers: error paths often print values.
        await gateway.PutConnectionAsync("bokio", "dead", new { refreshToken = RefreshToken, accessToken = AccessToken, expiresIn = 3600 });
        await AskAsync(gateway, _flow.InvoicesPath, outside, connection: "dead");
        await AskAsync(gateway, _flow.InvoicesPath, outside, connection: "dead");
        using var refused =
            await gateway.Admin.PutAsJsonAsync("/connections/bokio/odd", new { refreshToken = RefreshToken, unknown = AccessToken });
        outside.Append(await refused.Content.ReadAsStringAsync());
        _flow.Bokio.Api.Faults.Add("/v1/token", Fault.Truncate(60));
        _flow.Bokio.Authorization.ExpireAccessTokens();
        await AskAsync(gateway, _flow.InvoicesPath, outside);
        await AskAsync(gateway, _flow.InvoicesPath, outside);
        await ReadAdminAsync(gateway, outside);
        await _redis.StopAsync();
        await AskAsync(gateway, _flow.InvoicesPath, outside, connection: "unknown");
    }

    private static async Task AskAsync(GatewayProcess gateway, string path, StringBuilder outside, string connection = "default")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{\"name\":\"x\"}") };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + CallerSecret);
        request.Headers.TryAddWithoutValidation("Gateway-Connection", connection);
        using var answer = await gateway.Proxy.SendAsync(request);
        outside.Append((int)answer.StatusCode).Append(answer.Headers).Append(await answer.Content.ReadAsStringAsync());
    }

    private static async Task ReadAdminAsync(GatewayProcess gateway, StringBuilder outside)
    {
        foreach (var path in new[] { "/metrics", "/health/ready", "/providers", "/routes", "/connections", "/connections/bokio/dead",
                "/openapi/v1.json" })
        {
            using var answer = await gateway.Admin.GetAsync(path);
            outside.Append(await answer.Content.ReadAsStringAsync());
        }
    }

    private IEnumerable<(string Name, string Text)> FilesOfRedis() => Directory
        .EnumerateFiles(_redis.Directory, "*", SearchOption.AllDirectories)
        .Where(static file => !file.EndsWith(".conf", StringComparison.Ordinal))
        .Select(static file => (file, Encoding.Latin1.GetString(File.ReadAllBytes(file))));

    /// <summary>Every command that Redis receives, as MONITOR shows it.</summary>
    private sealed class RedisMonitor : IAsyncDisposable
    {
        private readonly System.Net.Sockets.TcpClient _client = new();
        private readonly StringBuilder _text = new(); // Written by the read loop, read by the test; locked on itself.
        private Task _reading = Task.CompletedTask;

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public static async Task<RedisMonitor> StartAsync(RedisServer redis)
        {
            var monitor = new RedisMonitor();
            await monitor._client.ConnectAsync(IPAddress.Loopback, redis.Port);
            await monitor._client.GetStream().WriteAsync("AUTH canary-redis-password-aa17\r\nMONITOR\r\n"u8.ToArray());
            monitor._reading = monitor.ReadAsync();
            return monitor;
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _reading;
        }

        private async Task ReadAsync()
        {
            var buffer = new byte[65536];
            try
            {
                while (await _client.GetStream().ReadAsync(buffer) is > 0 and var read)
                {
                    lock (_text)
                    {
                        _text.Append(Encoding.Latin1.GetString(buffer, 0, read));
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                // The server stopped, or the test ended.
            }
        }
    }
}
