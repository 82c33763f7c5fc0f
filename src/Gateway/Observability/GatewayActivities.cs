using System.Diagnostics;

namespace Gateway.Observability;

/// <summary>The activity source and its span names. A replayed request has attempt (401), refresh and attempt in its server span.</summary>
public static class GatewayActivities
{
    public const string SourceName = "Gateway";

    /// <summary>One attempt to send a request to a third party; client kind.</summary>
    public const string Attempt = "gateway.attempt";

    /// <summary>From lease to stored result: a child of the request that started it; requests that waited for it link to it.</summary>
    public const string Refresh = "gateway.refresh";

    public const string Lease = "gateway.refresh.lease";
    public const string TokenCall = "gateway.refresh.token_call";
    public const string StoreWrite = "gateway.refresh.store_write";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts a span for a step of a recorded span. Null without one: a step alone would be a trace without context.</summary>
    public static Activity? StartStep(string name, ActivityKind kind = ActivityKind.Internal) =>
        Activity.Current is { Recorded: true } ? Source.StartActivity(name, kind) : null;
}

/// <summary>
/// The trace of a request, recorded or not: problems name it and log lines about the request carry it. It is determined on demand, because
/// a warm request needs neither.
/// </summary>
public static class RequestTrace
{
    /// <returns>32 hex digits: of the current span, else of the caller's <c>traceparent</c>, else random for the whole request.</returns>
    public static string IdOf(HttpContext context) => (Activity.Current?.Context ?? Of(context)).TraceId.ToHexString();

    /// <summary>Makes log lines carry the request's trace until the result is disposed. Null when they carry one already.</summary>
    public static IDisposable? Begin(HttpContext context) => Activity.Current is null ? Follow(Of(context)) : null;

    /// <summary>As <see cref="Begin"/>, for work that outlives its request. The activity has no source, so it is not exported.</summary>
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
