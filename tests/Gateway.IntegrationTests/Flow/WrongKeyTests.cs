using System.Net;
using System.Security.Cryptography;

namespace Gateway.IntegrationTests.Flow;

/// <summary>A gateway started with the encryption keys of another installation: what an operator sees.</summary>
public sealed class WrongKeyTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private BokioFlow _flow = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _flow = await BokioFlow.StartAsync();
    }

    [Fact]
    public async Task A_wrong_key_shows_in_log_readiness_metrics_and_answers_and_no_record_is_overwritten()
    {
        var key = NewKey();
        await using (var first = await StartAsync(key))
        {
            await _flow.ConnectAsync(first, expiresIn: 3600);
        }

        await using (var wrong = await StartAsync(NewKey()))
        {
            await Eventually.TrueAsync(
                async () => await wrong.Admin.GetStringAsync("/health/ready") == """{"status":"ready","warnings":["store:key_missing"]}""");
            await Eventually.TrueAsync(() => wrong.Output.Contains("1 connections are sealed with key", StringComparison.Ordinal));
            Assert.Equal(1, await Metrics.SumAsync(wrong, "gateway_store_records", "key=\"unknown\""));
            Assert.Contains("\"status\":\"unavailable\"", await wrong.Admin.GetStringAsync("/connections"), StringComparison.Ordinal);
            using var shown = await wrong.Admin.GetAsync("/connections/bokio/default");
            Assert.Contains("Store:EncryptionKeys", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var refused = await wrong.Proxy.GetAsync(_flow.InvoicesPath);
            await refused.ShouldBeProblemAsync(HttpStatusCode.ServiceUnavailable, "credential_unavailable");
        }

        await using var right = await StartAsync(key);
        Assert.Equal(HttpStatusCode.OK, (await right.Proxy.GetAsync(_flow.InvoicesPath)).StatusCode);
        Assert.Equal("""{"status":"ready"}""", await right.Admin.GetStringAsync("/health/ready"));
    }

    public async ValueTask DisposeAsync()
    {
        await _flow.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private Task<GatewayProcess> StartAsync(string key) =>
        GatewayProcess.StartAsync(_flow.Configuration, $"Store:Redis={_redis.Configuration}", $"Store:EncryptionKeys:0={key}");
}
