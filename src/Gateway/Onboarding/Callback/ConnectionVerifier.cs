using System.Text.Json;

using Gateway.Model;
using Gateway.Tokens;
using Gateway.Tokens.Cache;

namespace Gateway.Onboarding.Callback;

/// <summary>Verifies a new credential at the provider, and that it belongs to the expected account.</summary>
internal sealed class ConnectionVerifier(CredentialVerifier verifier)
{
    /// <summary>Its fields are what was expected at the start; what is stored may have changed since.</summary>
    /// <returns>The connection with what the provider reports about the account, or why it is refused.</returns>
    public async Task<(Connection? Connection, Refusal? Refusal)> VerifyAsync(
        Provider provider, UnverifiedConnection unverified, Connection? before)
    {
        var (account, refusal) = await DescribeAsync(provider, unverified);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var fields = FieldsOf(provider, unverified, account, isFinal: true);
        return fields is null || IsOtherAccount(provider, fields, before)
            ? (null, Refusal.OtherAccount)
            : (unverified.Connection with { Fields = fields, Scopes = Granted(provider, account) ?? unverified.Connection.Scopes }, null);
    }

    private async Task<(JsonElement? Account, Refusal? Refusal)> DescribeAsync(Provider provider, UnverifiedConnection unverified)
    {
        // The path may use fields of the token answer. Fields that the answer to this call brings are checked after it.
        if (FieldsOf(provider, unverified, null, isFinal: false) is not { } fields)
        {
            return (null, Refusal.OtherAccount);
        }

        if (provider.VerifyPathOf(fields) is not { } path)
        {
            return (null, null);
        }

        if (!CredentialRenderer.TryRender(provider, unverified.Connection, out var credential))
        {
            return (null, Refusal.NotVerified);
        }

        var (status, account, failure) = await verifier.DescribeAsync(credential, path, CancellationToken.None);
        return failure is null && IsAccepted(provider, (int)status) ? (account, null)
            : failure is not null || (int)status is 429 or >= 500 ? (null, Refusal.ProviderAway)
            : (null, Refusal.NotVerified);
    }

    // 403 for a token that was just issued means a missing scope, price plan or allowed address, not an invalid token. For a key, some
    // providers answer 403 instead of 401 (Bookeo).
    private static bool IsAccepted(Provider provider, int status) =>
        status is >= 200 and < 300 || (status == 403 && provider.Kind == ProviderKind.OAuth2);

    // Null when an expected field has another value; in the final check also when it has none that matches its pattern.
    private static Dictionary<string, string>? FieldsOf(
        Provider provider, UnverifiedConnection unverified, JsonElement? account, bool isFinal)
    {
        var fields = new Dictionary<string, string>(unverified.Connection.Fields, StringComparer.Ordinal);
        foreach (var (name, pattern) in provider.Onboarding.Keep)
        {
            var value = unverified.Member(name, account) is { } member && pattern.IsMatch(member) ? member : null;
            if (fields.TryGetValue(name, out var expected) && (isFinal || value is not null)
                && !string.Equals(value, expected, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            if (value is not null)
            {
                fields[name] = value;
            }
        }

        return fields;
    }

    // A stored identity that no longer matches the configured pattern is not compared.
    private static bool IsOtherAccount(Provider provider, Dictionary<string, string> fields, Connection? before) =>
        provider.Onboarding.Identity is { } name
        && before?.Fields.TryGetValue(name, out var account) == true
        && provider.Onboarding.Keep.TryGetValue(name, out var pattern) && pattern.IsMatch(account)
        && !string.Equals(fields.GetValueOrDefault(name), account, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<string>? Granted(Provider provider, JsonElement? account) =>
        provider.Onboarding.ScopesMember is { } member
        && account is { } json && json.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String)
                .Select(static item => item.GetString()!)]
            : null;
}
