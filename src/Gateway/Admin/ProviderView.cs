using System.ComponentModel;

using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Admin;

/// <summary>A provider as configured, without its secrets: templates are left out, as they may spell one.</summary>
[Description("A provider of the configuration in force, without its secrets.")]
internal sealed record ProviderView
{
    public required string Name { get; init; }

    [Description("OAuth2 or Secret")]
    public required string Kind { get; init; }

    [Description("AuthorizationCode or ClientCredentials; null for kind Secret.")]
    public string? Grant { get; init; }

    [Description("The only place this provider's credentials are sent; braces stand for a field of the connection.")]
    public required string Origin { get; init; }

    public string? TokenEndpoint { get; init; }

    public string? AuthorizationEndpoint { get; init; }

    public string? ClientId { get; init; }

    [Description("Which of ClientSecrets the provider accepted last on this instance, counted from 0; null for kind Secret.")]
    public int? ClientSecretInUse { get; init; }

    [Description("While the provider refuses the gateway's client credentials: since when, why, and when it is asked again. Null when it does not.")]
    public MisconfigurationView? Misconfigured { get; init; }

    public IReadOnlyList<string> Scopes { get; init; } = [];

    [Description("Fields that a connection brings and that are shown, each with its pattern.")]
    public required IReadOnlyDictionary<string, string> Fields { get; init; }

    [Description("Fields that a connection brings and that are never shown.")]
    public required IReadOnlyList<string> SecretFields { get; init; }

    [Description("Names of the headers that are injected.")]
    public required IReadOnlyList<string> Headers { get; init; }

    [Description("Names of the query parameters that are injected.")]
    public required IReadOnlyList<string> Query { get; init; }

    public required IReadOnlyList<string> Methods { get; init; }

    [Description("True when POST …/verify works.")]
    public required bool Verifiable { get; init; }

    public static ProviderView From(Provider provider, ProviderCircuit? circuit) => new()
    {
        Name = provider.Name,
        Kind = provider.Kind.ToString(),
        Grant = provider.OAuth?.Grant.ToString(),
        Origin = provider.Origin.Text,
        TokenEndpoint = provider.OAuth?.TokenEndpoint?.Text,
        AuthorizationEndpoint = provider.OAuth?.AuthorizationEndpoint?.Text,
        ClientId = provider.OAuth?.ClientId,
        ClientSecretInUse = circuit?.SecretInUse,
        Misconfigured = circuit?.Open is { } open ? new(open.Since, open.Reason, open.RetryAt) : null,
        Scopes = provider.OAuth?.Scopes ?? [],
        Fields = provider.Fields.ToDictionary(static field => field.Key, static field => field.Value.ToString(), StringComparer.Ordinal),
        SecretFields = [.. provider.SecretFields.Order(StringComparer.Ordinal)],
        Headers = [.. provider.Injection.Headers.Select(static header => header.Key)],
        Query = [.. provider.Injection.Query.Select(static parameter => parameter.Key)],
        Methods = [.. provider.Methods.Order(StringComparer.Ordinal)],
        Verifiable = provider.VerifyPath is not null,
    };
}
