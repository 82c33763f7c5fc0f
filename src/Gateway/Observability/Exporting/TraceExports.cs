
using Microsoft.Extensions.Options;

using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Gateway.Observability.Exporting;

/// <summary>
/// Traces, only when they have somewhere to go: without a listener the framework makes no spans at all. They wait in a bounded queue for
/// a thread of their own; what a slow or absent collector leaves no room for is dropped and counted, and no request waits.
/// </summary>
internal static class TraceExports
{
    public static void Add(OpenTelemetryBuilder telemetry, IConfiguration configuration, Func<HttpContext, bool> heedsCaller)
    {
        var otlp = OtlpSignal.Traces(configuration);
        if (!otlp.IsOn)
        {
            return;
        }

        // .NET 10 describes server spans by the conventions only when asked to, before the host is built.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        telemetry.Services.AddSingleton<IStartupFilter>(new ServerSpans(heedsCaller));
        telemetry.WithTracing(tracing =>
        {
            tracing.AddSource(GatewayActivities.SourceName, "Microsoft.AspNetCore")
                .AddProcessor(new SpanScrubber()).AddProcessor(services => Watched(services, otlp));
            if (string.IsNullOrEmpty(configuration["OTEL_TRACES_SAMPLER"]))
            {
                tracing.SetSampler(new ParentBasedSampler(new DefaultSampler()));
            }
        });
    }

    private static WatchedSpans Watched(IServiceProvider services, OtlpSignal otlp)
    {
        var queue = services.GetRequiredService<IOptions<ActivityExportProcessorOptions>>().Value.BatchExportProcessorOptions;
        var options = otlp.Options();
        return new(options, queue, services.GetRequiredService<ExportWatches>().Of(otlp.Name, options.Endpoint, queue.MaxQueueSize));
    }
}
