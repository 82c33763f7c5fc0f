using OpenTelemetry;
using OpenTelemetry.Logs;

namespace Gateway.Observability.Exporting;

/// <summary>The number of a line (docs/log-events.md), which the exporter leaves out: it takes the event's name only.</summary>
internal sealed class EventNumbers : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (data.EventId.Id != 0)
        {
            data.Attributes = [.. data.Attributes ?? [], new("event.id", data.EventId.Id)];
        }
    }
}
