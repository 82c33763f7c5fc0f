using System.Diagnostics;

namespace Gateway.Observability;

/// <summary>The one activity source and its span names. A request reads: server span, attempt (401), refresh, attempt.</summary>
public static class GatewayActivities
{
    public const string SourceName = "Gateway";

    /// <summary>One sending of a request to a third party; client kind.</summary>
    public const string Attempt = "gateway.attempt";

    /// <summary>A refresh, from lease to stored result: a child of the request that started it, linked from those that waited for it.</summary>
    public const string Refresh = "gateway.refresh";

    public const string Lease = "gateway.refresh.lease";

    public const string TokenCall = "gateway.refresh.token_call";

    public const string StoreWrite = "gateway.refresh.store_write";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>A step of what is traced already. By itself it starts no trace: a step without its whole explains nothing.</summary>
    public static Activity? StartStep(string name, ActivityKind kind = ActivityKind.Internal) =>
        Activity.Current is { Recorded: true } ? Source.StartActivity(name, kind) : null;
}
