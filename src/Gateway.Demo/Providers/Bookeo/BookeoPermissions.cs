namespace Gateway.Demo.Providers;

/// <summary>The permissions of Bookeo.</summary>
internal static class BookeoPermissions
{
    private static readonly string[] Reaches = ["rw_own", "rwd_own", "r_all", "rw_all", "rwd_all"];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        .. new[] { "customers", "bookings", "blocks" }.SelectMany(module => Reaches.Select(reach => $"{module}_{reach}")),
        "payments_rw_own", "payments_r_all", "payments_rw_all", "availability_r", "subaccounts_rw",
    ]);

    /// <summary>Parses the comma-separated list in the install address.</summary>
    public static IReadOnlySet<string> Parse(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
}
