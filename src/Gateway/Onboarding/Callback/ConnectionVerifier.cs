using System.Text.Json;

using Gateway.Model;
using Gateway.Tokens;
using Gateway.Tokens.Cache;

namespace Gateway.Onboarding.Callback;

/// <summary>Tries a candidate at the provider, and looks whose account it is.</summary>
internal sealed class ConnectionVerifier(CredentialVerifier verifier)
{
    /// <param name="provider">The provider in force.</param>
    /// <param name="candidate">Holds what was expected when the owner started.</param>
    /// <param name="before">What is stored by now: it may have become somebody's since.</param>
    /// <returns>The connection with what the provider says of it, or why it is not taken.</returns>
    public async Task<(Connection? Connection, Refusal? Refusal)> PassAsync(Provider provider, UnverifiedConnection candidate, Connection? before)
    {
        var (account, refusal) = await VerifyAsync(provider, candidate);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var fields = FieldsOf(provider, candidate, account, isFinal: true);
        return fields is null || IsOtherAccount(provider, fields, before)
            ? (null, Refusal.OtherAccount)
            : (candidate.Connection with { Fields = fields, Scopes = Granted(provider, account) ?? candidate.Connection.Scopes }, null);
    }

    private async Task<(JsonElement? Account, Refusal? Refusal)> VerifyAsync(Provider provider, UnverifiedConnection candidate)
    {
        // The path may use fields that the token answer brought. Others may be brought by the answer to this call, and are checked after it.
        if (FieldsOf(provider, candidate, null, isFinal: false) is not { } fields)
        {
            return (null, Refusal.OtherAccount);
        }

        if (provider.VerifyPathOf(fields) is not { } path)
        {
            return (null, null);
        }

        if (!CredentialRenderer.TryRender(provider, candidate.Connection, out var credential))
        {
            return (null, Refusal.NotVerified);
        }

        var (status, account, failure) = await verifier.DescribeAsync(credential, path, CancellationToken.None);
        return failure is null && IsTaken(provider, (int)status) ? (account, null)
            : failure is not null || (int)status is 429 or >= 500 ? (null, Refusal.ProviderAway)
            : (null, Refusal.NotVerified);
    }

    // A token that was minted a second ago and meets 403 is good, and lacks a scope, a price plan or an allowed address; of a key, 403 is
    // what some say instead of 401 (Bookeo).
    private static bool IsTaken(Provider provider, int status) =>
        status is >= 200 and < 300 || (status == 403 && provider.Kind == ProviderKind.OAuth2);

    // Null when a field that was expected has another value, or none that can be trusted.
    private static Dictionary<string, string>? FieldsOf(Provider provider, UnverifiedConnection candidate, JsonElement? account, bool isFinal)
    {
        var fields = new Dictionary<string, string>(candidate.Connection.Fields, StringComparer.Ordinal);
        foreach (var (name, pattern) in provider.Onboarding.Keep)
        {
            var word = candidate.ToTagValue(name, account) is { } said && pattern.IsMatch(said) ? said : null;
            if (fields.TryGetValue(name, out var expected) && (isFinal || word is not null) && !string.Equals(word, expected, StringComparison.OrdinalIgnoreCase))
            {
                return null;
            }

            if (word is not null)
            {
                fields[name] = word;
            }
        }

        return fields;
    }

    // Identities that the configuration does not recognise any more tell nothing.
    private static bool IsOtherAccount(Provider provider, Dictionary<string, string> fields, Connection? before) =>
        provider.Onboarding.Identity is { } name
        && before?.Fields.TryGetValue(name, out var account) == true
        && provider.Onboarding.Keep.TryGetValue(name, out var pattern) && pattern.IsMatch(account)
        && !string.Equals(fields.GetValueOrDefault(name), account, StringComparison.OrdinalIgnoreCase);

    private static IReadOnlyList<string>? Granted(Provider provider, JsonElement? account) =>
        provider.Onboarding.ScopesMember is { } member
        && account is { } json && json.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!)]
            : null;
}
