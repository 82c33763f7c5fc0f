using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>Turns a connection into what goes on the wire, once per generation.</summary>
internal static class CredentialRenderer
{
    /// <returns>False when the connection lacks a field that the provider's templates or its origin want.</returns>
    public static bool TryRender(Provider provider, Connection connection, [NotNullWhen(true)] out Credential? credential)
    {
        credential = null;
        var missing = provider.Injection.FieldNames.Any(name => Find(provider, connection, name) is null);
        if (missing || !provider.Origin.TryExpand(connection.Fields, out var origin))
        {
            return false;
        }

        string ValueOf(string name) => Find(provider, connection, name)!;
        credential = new Credential
        {
            Connection = connection.Id,
            Generation = connection.TokenGeneration,
            Origin = origin,
            Headers = [.. provider.Injection.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.Expand(ValueOf)))],
            Query = [.. provider.Injection.Query.Select(
                pair => KeyValuePair.Create(Uri.EscapeDataString(pair.Key), Uri.EscapeDataString(pair.Value.Expand(ValueOf))))],
            SecretValues = [.. provider.Injection.FieldNames.Where(name => !provider.Fields.ContainsKey(name)).Select(ValueOf)],
            Renewable = provider.Kind == ProviderKind.OAuth2,
            ExpiresAt = connection.Token?.ExpiresAt ?? DateTimeOffset.MaxValue,
            Scopes = connection.Scopes,
        };
        return true;
    }

    private static string? Find(Provider provider, Connection connection, string name)
    {
        if (name == Injection.AccessToken && provider.Kind == ProviderKind.OAuth2)
        {
            return connection.Token?.Value.Reveal();
        }

        return provider.Secrets.TryGetValue(name, out var secret) || connection.Grant.Fields.TryGetValue(name, out secret)
            ? secret.Reveal()
            : connection.Fields.GetValueOrDefault(name);
    }
}
