using System.Diagnostics;

using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Gateway.Observability.Exporting;

/// <summary>The queue of spans and its exporter, in sight of an <see cref="ExportWatch"/>.</summary>
internal sealed class WatchedSpans(OtlpExporterOptions otlp, BatchExportProcessorOptions<Activity> queue, ExportWatch watch)
    : BatchActivityExportProcessor(
        new Exporter(otlp, watch), queue.MaxQueueSize, queue.ScheduledDelayMilliseconds, queue.ExporterTimeoutMilliseconds, queue.MaxExportBatchSize)
{
    public override void OnEnd(Activity data)
    {
        if (data.Recorded && watch.TryEnter())
        {
            base.OnEnd(data);
        }
    }

    private sealed class Exporter(OtlpExporterOptions otlp, ExportWatch watch) : OtlpTraceExporter(otlp)
    {
        public override ExportResult Export(in Batch<Activity> activityBatch)
        {
            var (items, result) = (activityBatch.Count, base.Export(activityBatch));
            watch.Exported(result == ExportResult.Success, items);
            return result;
        }
    }
}
