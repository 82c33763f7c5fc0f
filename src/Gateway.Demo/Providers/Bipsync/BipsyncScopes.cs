namespace Gateway.Demo.Providers;

/// <summary>The scopes of Bipsync.</summary>
internal static class BipsyncScopes
{
    public const string Read = "rest_api:read";
    public const string Write = "rest_api:write";
    public const string Fields = "rest_api:fields:read";

    /// <summary>The types that GraphQL queries can request; each has its own <c>:read</c> scope.</summary>
    public static readonly string[] GraphTypes =
    [
        "attachments", "categories", "classifications", "comments", "contacts", "events", "external_ids", "fields", "groups",
        "note_templates", "pipelines", "projects", "research", "tasks", "users", "versions",
    ];

    public static readonly IReadOnlySet<string> All = Scope.Of([Read, Write, Fields, .. GraphTypes.Select(type => $"{type}:read")]);
}
