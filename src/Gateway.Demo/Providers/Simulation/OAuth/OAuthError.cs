using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>An error answer of a token endpoint (RFC 6749 section 5.2).</summary>
internal sealed record OAuthError(string Error, string Description, int Status = 400)
{
    public static OAuthError InvalidClient(string description) => new("invalid_client", description, 401);

    public static OAuthError InvalidGrant(string description) => new("invalid_grant", description);

    public static OAuthError InvalidRequest(string description) => new("invalid_request", description);

    public static OAuthError InvalidScope(string description) => new("invalid_scope", description);

    public JsonObject ToJson() => new() { ["error"] = Error, ["error_description"] = Description };
}
