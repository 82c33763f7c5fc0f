using System.Diagnostics;

namespace Gateway.Observability;

/// <summary>
/// The trace that a request belongs to, whether or not this process records one: an answer of the gateway's own names it, and the lines
/// about the request carry it. A request that is served from memory asks for neither.
/// </summary>
public static class RequestTrace
{
    /// <returns>32 hex digits: of the span under way, else of the caller's <c>traceparent</c>, else made up once for the request.</returns>
    public static string IdOf(HttpContext context) => (Activity.Current?.Context ?? Of(context)).TraceId.ToHexString();

    /// <summary>Until it is disposed of, lines carry the request's trace. Null when they do already.</summary>
    public static IDisposable? Begin(HttpContext context) => Activity.Current is null ? Follow(Of(context)) : null;

    /// <summary>As <see cref="Begin"/>, for work that left its request behind. It is an activity that no listener sees and nothing exports.</summary>
    public static IDisposable Follow(ActivityContext trace) =>
        new Activity("gateway.unrecorded").SetParentId(trace.TraceId, trace.SpanId, ActivityTraceFlags.None).Start();

    private static ActivityContext Of(HttpContext context)
    {
        if (context.Features.Get<Remembered>() is { } known)
        {
            return known.Trace;
        }

        if (!ActivityContext.TryParse(context.Request.Headers.TraceParent, traceState: null, out var trace))
        {
            trace = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        }

        context.Features.Set(new Remembered(trace));
        return trace;
    }

    private sealed record Remembered(ActivityContext Trace);
}
