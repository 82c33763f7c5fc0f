namespace Gateway.Observability;

/// <summary>The closed sets of <c>gateway_store_operations_total</c>. A word that the store uses and that is not here fails a test.</summary>
public static class StoreOperations
{
    public static IReadOnlyList<string> All { get; } =
        [
            "read", "write", "intent", "remove", "replace", "lease", "renew", "release", "claim", "list", "tally", "index", "sweep", "once", "cache_read",
            "cache_write", "journal",
        ];

    /// <summary><c>conflict</c> is a lost comparison: somebody else was faster, or holds the lease.</summary>
    public static IReadOnlyList<string> Outcomes { get; } = ["success", "conflict", "timeout", "error"];
}
