using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;

namespace Gateway.Observability.Exporting;

/// <summary>The queue of log records and its exporter, in sight of an <see cref="ExportWatch"/>.</summary>
internal static class WatchedLogs
{
    // In this order: at a stop the queue is emptied before the exporter closes.
    public static CompositeProcessor<LogRecord> Of(OtlpExporterOptions otlp, BatchExportProcessorOptions<LogRecord> options, ExportWatch watch)
    {
        var exporter = new OtlpLogExporter(otlp);
        return new([new Queue(new Watching(exporter, watch), options, watch), new Owner(exporter)]);
    }

    private sealed class Queue(Watching exporter, BatchExportProcessorOptions<LogRecord> options, ExportWatch watch)
        : BatchLogRecordExportProcessor(
            exporter, options.MaxQueueSize, options.ScheduledDelayMilliseconds, options.ExporterTimeoutMilliseconds, options.MaxExportBatchSize)
    {
        public override void OnEnd(LogRecord data)
        {
            if (watch.TryEnter())
            {
                base.OnEnd(data);
            }
        }
    }

    private sealed class Watching(OtlpLogExporter exporter, ExportWatch watch) : BaseExporter<LogRecord>
    {
        public override ExportResult Export(in Batch<LogRecord> batch)
        {
            var (items, result) = (batch.Count, exporter.Export(batch));
            watch.Exported(result == ExportResult.Success, items);
            return result;
        }
    }

    // The exporter is sealed, and learns whose logs they are (the resource) only from a processor of its own: this one, which passes nothing.
    private sealed class Owner(OtlpLogExporter exporter) : BaseExportProcessor<LogRecord>(exporter)
    {
        protected override void OnExport(LogRecord data)
        {
        }
    }
}
