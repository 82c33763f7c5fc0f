using System.ComponentModel;

using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Admin;

/// <summary>A provider as configured. Templates are left out, since they may contain a secret.</summary>
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

/// <summary>The state of a provider that refuses the gateway's client credentials.</summary>
[Description("The provider refuses the gateway's own client credentials; its connections keep their tokens.")]
internal sealed record MisconfigurationView(
    [property: Description("When it began.")] DateTimeOffset Since,
    [property: Description("The provider's OAuth error, such as invalid_client.")] string Reason,
    [property: Description("When the token endpoint is asked again, by any instance.")] DateTimeOffset RetryAt);

/// <summary>A route as configured. <c>Path</c> is null when the route matches any, <c>Methods</c> empty when it takes any that the provider takes.</summary>
[Description("A route of the configuration in force.")]
public sealed record RouteView(
    string Id,
    string? Path,
    IReadOnlyList<string> Methods,
    [property: Description("Null when the route injects nothing.")] string? Provider,
    [property: Description("A name, {routeValue} or header:Name.")] string? Connection,
    [property: Description("Always, Safe or Never")] string? Replay,
    [property: Description("What the connection must have been granted; null for none.")] string? Scope,
    string? Destination);

/// <summary>An encryption key of the store; <c>Id</c> is 16 hexadecimal digits that reveal nothing of the key.</summary>
[Description("An encryption key of the store, by a name that tells nothing of it.")]
internal sealed record StoreKeyView(
    string Id,
    [property: Description("It seals what is written now.")] bool Active,
    [property: Description("False when connections need it and it is not among Store:EncryptionKeys: those are unavailable.")] bool Configured,
    [property: Description("Connections that need it. A key that is not active and has none may be taken out of the configuration.")] long Records)
{
    public static StoreKeyView From(StoreKey key) => new(key.Id, key.IsActive, key.IsConfigured, key.Records);
}

/// <summary>The routes of the configuration in force. The configuration reload replaces them.</summary>
public sealed class RouteCatalog
{
    // Replaced as a whole by the configuration reload; a reader sees either the old routes or the new ones.
    private volatile IReadOnlyList<RouteView> _routes = [];

    public IReadOnlyList<RouteView> All => _routes;

    public void Replace(IEnumerable<RouteView> routes) => _routes = [.. routes.OrderBy(static route => route.Id, StringComparer.Ordinal)];
}
