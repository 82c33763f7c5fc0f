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
                logs => logs.AddProcessor(new EventNumbers()).AddOtlpExporter(otlp.Configure), static options => options.IncludeFormattedMessage = true);
        }
    }
}
