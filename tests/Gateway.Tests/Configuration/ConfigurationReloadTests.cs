using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationReloadTests
{
    private static readonly string One = Providers("one");
    private static readonly string Two = Providers("one", "two");

    [Fact]
    public async Task A_valid_change_applies_after_two_equal_polls()
    {
        await using var gateway = await RunningGateway.StartAsync(One);
        using var reloads = new Reloads(gateway);

        await File.WriteAllTextAsync(gateway.File, Two);
        await gateway.Reload.PollAsync();
        var unsettled = Names(gateway);
        await gateway.Reload.PollAsync();

        Assert.Equal("one", unsettled);
        Assert.Equal("one two", Names(gateway));
        Assert.Equal(["applied"], reloads.Outcomes);
        Assert.Contains("Information: The changed configuration is in force", gateway.Log.Lines, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("""{ "Providers": { "one": { "Kind": "Secret", "Secrets": { "a": "canary" }, "Origin": "ftp://x" } } }""",
        "Error: Providers:one:Origin: 'ftp://x' is not an absolute https URI (http to loopback only) without user information, query or "
            + "fragment")]
    [InlineData("""{ "Admin": { "Key": "canary" """, "FILE: is not JSON from line 1, byte 30 on")]
    [InlineData("", "FILE: is not JSON from line 1, byte 1 on")]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "Loud" } } }""",
        "Error: Logging:LogLevel:Default: 'Loud' is none of Trace, Debug, Information, Warning, Error, Critical, None")]
    public async Task An_invalid_change_is_refused_and_the_last_valid_configuration_stays(string json, string error)
    {
        await using var gateway = await RunningGateway.StartAsync(One);
        using var reloads = new Reloads(gateway);

        await gateway.RewriteAsync(json);
        var (refused, isRefused) = (Names(gateway), reloads.IsRefused());
        await gateway.RewriteAsync(Two);

        Assert.Equal(("one", true, false), (refused, isRefused, reloads.IsRefused()));
        Assert.Equal("one two", Names(gateway));
        Assert.Equal(["refused", "applied"], reloads.Outcomes);
        Assert.Contains(
            error.Replace("FILE", $"Error: {gateway.File}", StringComparison.Ordinal), gateway.Log.Lines, StringComparer.Ordinal);
        Assert.DoesNotContain(gateway.Log.Lines, static line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_deleted_file_is_an_invalid_change()
    {
        await using var gateway = await RunningGateway.StartAsync(One);

        File.Delete(gateway.File);
        await gateway.Reload.PollAsync();
        await gateway.Reload.PollAsync();

        Assert.Equal("one", Names(gateway));
        Assert.Contains($"Error: {gateway.File}: no such file; --config FILE names another", gateway.Log.Lines, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_restored_secrets_directory_applies_the_refused_change()
    {
        using var directory = new TemporaryDirectory();
        var secrets = directory.At("secrets");
        Directory.CreateDirectory(secrets);
        await using var gateway = await RunningGateway.StartAsync(One, arguments: $"--Secrets:Directory={secrets}");

        Directory.Delete(secrets);
        await gateway.RewriteAsync(Two);
        var refused = Names(gateway);
        Directory.CreateDirectory(secrets);
        await gateway.Reload.PollAsync();
        await gateway.Reload.PollAsync();

        Assert.Equal("one", refused);
        Assert.Equal("one two", Names(gateway));
    }

    [Fact]
    public async Task A_refused_change_is_logged_once()
    {
        await using var gateway = await RunningGateway.StartAsync(One);
        using var reloads = new Reloads(gateway);

        await gateway.RewriteAsync("{");
        await gateway.Reload.PollAsync();
        await gateway.Reload.PollAsync();

        Assert.Equal(["refused"], reloads.Outcomes);
    }

    [Fact]
    public async Task The_application_sees_accepted_values_only()
    {
        await using var gateway = await RunningGateway.StartAsync("""{ "Connect": { "PublicUrl": "https://one.example" } }""");
        var configuration = gateway.App.Services.GetRequiredService<IConfiguration>();

        await gateway.RewriteAsync("""{ "Connect": { "PublicUrl": "https://two.example" }, "Stor": {} }""");
        var refused = configuration["Connect:PublicUrl"];
        await gateway.RewriteAsync("""{ "Connect": { "PublicUrl": "https://three.example" } }""");

        Assert.Equal("https://one.example", refused);
        Assert.Equal("https://three.example", configuration["Connect:PublicUrl"]);
    }

    [Fact]
    public async Task A_changed_setting_that_needs_a_restart_is_logged()
    {
        await using var gateway = await RunningGateway.StartAsync(One);

        await gateway.RewriteAsync("""{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http1" } }, "Store": { "Redis": "canary:1" } }""");

        Assert.Equal(
            ["Kestrel", "Store"],
            gateway.Log.Lines.Where(static line => line.EndsWith("takes effect at the next start", StringComparison.Ordinal))
                .Select(static line => line.Split(' ')[1]).ToArray());
        Assert.DoesNotContain(gateway.Log.Lines, static line => line.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_provider_with_a_placeholder_is_logged_once_at_the_start()
    {
        await using var gateway = await RunningGateway.StartAsync(
            $$"""{ "Providers": { "p": { {{Read.OAuth.Replace("\"secret\"", "\"set-me\"", StringComparison.Ordinal)}} },"""
                + $$""" "q": { {{Read.Secret}} } } }""");

        var warning = Assert.Single(gateway.Log.Lines, static line => line.Contains("set-me", StringComparison.Ordinal));
        Assert.StartsWith("Warning: Provider p: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reload_loop_applies_a_change()
    {
        await using var gateway = await RunningGateway.StartAsync(One, clock: TimeProvider.System);

        await File.WriteAllTextAsync(gateway.File, Two, TestContext.Current.CancellationToken);

        await Eventually.EqualAsync("one two", () => Names(gateway));
    }

    private static string Providers(params string[] names) =>
        $$"""{ "Providers": { {{string.Join(", ", names.Select(static name => $$"""  "{{name}}": { {{Read.Secret}} } """))}} } }""";

    private static string Names(RunningGateway gateway) => string.Join(
        ' ', gateway.App.Services.GetRequiredService<ProviderCatalog>().All.Select(static provider => provider.Name)
            .Order(StringComparer.Ordinal));

    /// <summary>The outcomes counted by <c>gateway_config_reloads_total</c>, and the value of <c>gateway_config_refused</c>.</summary>
    private sealed class Reloads : IDisposable
    {
        private readonly MeterListener _listener = new();
        private int _refused;

        public Reloads(RunningGateway gateway)
        {
            // Only this gateway's instrument: other tests run at the same time.
            var meters = gateway.App.Services.GetRequiredService<IMeterFactory>();
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Meter.Name: GatewayMetrics.MeterName, Name: "gateway.config.reloads" or "gateway.config.refused" }
                    && instrument.Meter.Scope == meters)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>(
                (_, count, tags, _) => Outcomes.AddRange(Enumerable.Repeat((string)tags[0].Value!, (int)count)));
            _listener.SetMeasurementEventCallback<int>((_, refused, _, _) => _refused = refused);
            _listener.Start();
        }

        public List<string> Outcomes { get; } = [];

        public bool IsRefused()
        {
            _listener.RecordObservableInstruments();
            return _refused == 1;
        }

        public void Dispose() => _listener.Dispose();
    }
}
