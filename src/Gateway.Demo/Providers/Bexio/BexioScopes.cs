namespace Gateway.Demo.Providers;

/// <summary>The scopes of bexio, and those that an endpoint requires. <c>…_edit</c> implies <c>…_show</c>.</summary>
internal static class BexioScopes
{
    private static readonly string[] ShowAndEdit =
    [
        "article", "bank_account", "bank_payment", "contact", "kb_article_order", "kb_bill", "kb_credit_voucher", "kb_delivery",
        "kb_expense", "kb_invoice", "kb_offer", "kb_order", "monitoring", "note", "project", "task",
    ];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        "openid", "profile", "email", "offline_access", "company_profile", "accounting", "file",
        .. ShowAndEdit.SelectMany(module => new[] { $"{module}_show", $"{module}_edit" }),
    ]);

    public static bool AllowShow(IReadOnlySet<string> scopes, string module) =>
        scopes.Contains($"{module}_show") || AllowEdit(scopes, module);

    public static bool AllowEdit(IReadOnlySet<string> scopes, string module) => scopes.Contains($"{module}_edit");
}
