namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>Emitted metrics that no board and no rule uses, each with its reason.</summary>
internal static class KnownMetrics
{
    public static IReadOnlyDictionary<string, string> Unused { get; } = new Dictionary<string, string>
    {
        ["target_info"] = "says who reports; gateway_build_info says it shorter",
        ["dotnet_gc_last_collection_heap_fragmentation_size_bytes"] = "for a memory profiler's user, not for an operator",
        ["dotnet_gc_last_collection_memory_committed_size_bytes"] = "the working set says it",
        ["dotnet_jit_compilation_time_seconds_total"] = "over after the first minute",
        ["dotnet_jit_compiled_il_size_bytes_total"] = "over after the first minute",
        ["dotnet_jit_compiled_methods_total"] = "over after the first minute",
        ["dotnet_thread_pool_work_item_count_total"] = "grows with requests, which are counted",
        ["http_client_connection_duration_seconds"] = "connections to third parties live ten minutes by decision",
    };

    /// <summary>Metrics that a rule uses and a gateway need not emit.</summary>
    public static IReadOnlyDictionary<string, string> Optional { get; } = new Dictionary<string, string>
    {
        ["gateway_provider_misconfigured"] = "a gateway without shared alarms tells it by its counts alone",
    };

    /// <summary>Queries for rare faults: no data is the normal case, and the short test does not cause them.</summary>
    public static IReadOnlySet<(string Board, string Panel)> MayBeEmpty { get; } = new HashSet<(string, string)>
    {
        ("gateway-slo", "Crashed requests"),
    };
}
