namespace Gateway.Demo.Providers;

/// <summary>The resources of the Company API that have a read and a write scope, and all scopes.</summary>
internal static class BokioScopes
{
    public static readonly string[] ReadWrite =
        ["credit-notes", "customers", "invoices", "items", "journal-entries", "supplier-invoices", "suppliers", "tags", "uploads"];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        .. ReadWrite.SelectMany(resource => new[] { $"{resource}:read", $"{resource}:write" }),
        "bank-payments:read-limited", "bank-payments:write", "chart-of-accounts:read", "company-information:read", "fiscal-years:read", "sie:read",
    ]);
}
