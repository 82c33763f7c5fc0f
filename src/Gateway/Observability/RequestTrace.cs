using System.Diagnostics;

namespace Gateway.Observability;

/// <summary>The trace that an answer of the gateway's own belongs to, whether or not this process records one.</summary>
public static class RequestTrace
{
    /// <returns>32 hex digits: of the span under way, else of the caller's <c>traceparent</c>, else made up.</returns>
    public static string IdOf(HttpContext context)
    {
        if (Activity.Current is { } span)
        {
            return span.TraceId.ToHexString();
        }

        return ActivityContext.TryParse(context.Request.Headers.TraceParent, traceState: null, out var caller)
            ? caller.TraceId.ToHexString()
            : ActivityTraceId.CreateRandom().ToHexString();
    }
}
