using Microsoft.Extensions.Options;

using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Gateway.Observability.Exporting;

/// <summary>Logs over OTLP, behind the same filter as the console's (<see cref="LogHygiene"/>).</summary>
internal static class LogExports
{
    public static void Add(OpenTelemetryBuilder telemetry, IConfiguration configuration)
    {
        var otlp = OtlpSignal.Logs(configuration);
        if (otlp.IsOn)
        {
            telemetry.WithLogging(
                logs => logs.AddProcessor(new EventNumbers()).AddProcessor(services => Watched(services, otlp)),
                static options => options.IncludeFormattedMessage = true);
        }
    }

    private static CompositeProcessor<LogRecord> Watched(IServiceProvider services, OtlpSignal otlp)
    {
        var queue = services.GetRequiredService<IOptions<LogRecordExportProcessorOptions>>().Value.BatchExportProcessorOptions;
        var options = otlp.Options();
        return WatchedLogs.Of(options, queue, services.GetRequiredService<ExportWatches>().Of(otlp.Name, options.Endpoint, queue.MaxQueueSize));
    }
}
