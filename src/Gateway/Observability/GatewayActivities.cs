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
