using System.Diagnostics;
using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Tests.Compat.Telemetry;

public sealed partial class HostingTests
{
    private readonly string _name = $"hosting.{Guid.NewGuid():N}";

    [Fact]
    public void AddOpenTelemetry_CalledTwice_HasOneHostedServiceAndItIsTheFirst()
    {
        var services = new ServiceCollection();
        services.AddHostedService<Bystander>();

        services.AddOpenTelemetry().WithMetrics().WithTracing();
        services.AddOpenTelemetry().WithMetrics().WithTracing();

        var hosted = services.Where(service => service.ServiceType == typeof(IHostedService)).ToArray();
        Assert.Equal(2, hosted.Length);
        Assert.Equal(typeof(Bystander), hosted[1].ImplementationType);
        Assert.Single(services, service => service.ServiceType == typeof(MeterProvider));
        Assert.Single(services, service => service.ServiceType == typeof(TracerProvider));
    }

    [Fact]
    public async Task Providers_AreBuiltWhenTheHostStarts()
    {
        using var source = new ActivitySource(_name);
        using var meter = new Meter(_name);
        var counter = meter.CreateCounter<int>("counted");
        using var host = Build(telemetry => telemetry
            .WithTracing(tracing => tracing.AddSource(_name))
            .WithMetrics(metrics => metrics.AddMeter(_name).AddPrometheusExporter()));

        Assert.False(source.HasListeners());
        Assert.False(counter.Enabled);
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(source.HasListeners());
        Assert.True(counter.Enabled);
    }

    [Fact]
    public async Task EveryCall_AddsToTheSameProvider()
    {
        using var first = new ActivitySource(_name + ".1");
        using var second = new ActivitySource(_name + ".2");
        using var host = Build(telemetry =>
        {
            telemetry.WithTracing(tracing => tracing.AddSource(first.Name));
            telemetry.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(second.Name));
        });

        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(first.HasListeners());
        Assert.True(second.HasListeners());
        Assert.Single(host.Services.GetServices<TracerProvider>());
    }

    [Fact]
    public async Task Disposal_FlushesWhatABatchStillHolds()
    {
        using var source = new ActivitySource(_name);
        var exported = new List<string>();
        using (var host = Build(telemetry => telemetry.WithTracing(tracing => tracing
            .AddSource(_name)
            .AddProcessor(new BatchActivityExportProcessor(new ListExporter(exported), scheduledDelayMilliseconds: 600_000)))))
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            source.StartActivity("last words")?.Stop();
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(["last words"], exported);
        Assert.False(source.HasListeners());
    }

    [Fact]
    public async Task ConfigureResource_CountsForAllSignals()
    {
        using var host = Build(telemetry => telemetry
            .ConfigureResource(resource => resource.AddService("gateway-under-test"))
            .WithTracing()
            .WithMetrics()
            .WithLogging());
        await host.StartAsync(TestContext.Current.CancellationToken);

        BaseProvider[] providers =
        [
            host.Services.GetRequiredService<TracerProvider>(),
            host.Services.GetRequiredService<MeterProvider>(),
            host.Services.GetRequiredService<LoggerProvider>(),
        ];
        Assert.All(providers, provider => Assert.Contains(
            new KeyValuePair<string, object>("service.name", "gateway-under-test"), provider.GetResource().Attributes));
    }

    [Fact]
    public async Task WithLogging_ReceivesTheHostsLogs()
    {
        var seen = new List<string?>();
        using var host = Build(telemetry => telemetry.WithLogging(
            logging => logging.AddProcessor(new LogList(seen)), options => options.IncludeFormattedMessage = true));
        await host.StartAsync(TestContext.Current.CancellationToken);

        Log.Heard(host.Services.GetRequiredService<ILogger<HostingTests>>());

        Assert.Contains("heard", seen, StringComparer.Ordinal);
    }

    [Fact]
    public async Task WithoutProviders_TheHostStartsAllTheSame()
    {
        using var host = Build(_ => { });
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Null(host.Services.GetService<MeterProvider>());
    }

    private static IHost Build(Action<OpenTelemetryBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configure(builder.Services.AddOpenTelemetry());
        return builder.Build();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "heard")]
        public static partial void Heard(ILogger logger);
    }

    private sealed class Bystander : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class ListExporter(List<string> names) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var activity in batch)
            {
                names.Add(activity.DisplayName);
            }

            return ExportResult.Success;
        }
    }

    private sealed class LogList(List<string?> messages) : BaseProcessor<LogRecord>
    {
        public override void OnEnd(LogRecord data) => messages.Add(data.FormattedMessage);
    }
}
