using System.Text.Json;

using Gateway.Credentials;
using Gateway.Tokens;

namespace Gateway.Onboarding.Callbacks;

/// <summary>Tries a candidate at the provider, and looks whose account it is.</summary>
internal sealed class CandidateCheck(CredentialVerifier verifier)
{
    /// <returns>The connection with what the provider says of it, or why it is not taken.</returns>
    public async Task<(Connection? Connection, Refusal? Refusal)> PassAsync(Provider provider, Candidate candidate)
    {
        var (account, refusal) = await VerifyAsync(provider, candidate.Connection);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var fields = FieldsOf(provider, candidate, account);
        return fields is null
            ? (null, Refusal.OtherAccount)
            : (candidate.Connection with { Fields = fields, Scopes = Granted(provider, account) ?? candidate.Connection.Scopes }, null);
    }

    private async Task<(JsonElement? Account, Refusal? Refusal)> VerifyAsync(Provider provider, Connection connection)
    {
        if (provider.VerifyPath is not { } path)
        {
            return (null, null);
        }

        if (!CredentialRenderer.TryRender(provider, connection, out var credential))
        {
            return (null, Refusal.NotVerified);
        }

        var (status, account, failure) = await verifier.DescribeAsync(credential, path, CancellationToken.None);
        return failure is null && (int)status is >= 200 and < 300 ? (account, null)
            : failure is not null || (int)status is 429 or >= 500 ? (null, Refusal.ProviderAway)
            : (null, Refusal.NotVerified);
    }

    // Null when a field that was expected has another value, or none that can be trusted.
    private static Dictionary<string, string>? FieldsOf(Provider provider, Candidate candidate, JsonElement? account)
    {
        var fields = new Dictionary<string, string>(candidate.Connection.Fields, StringComparer.Ordinal);
        foreach (var (name, pattern) in provider.Onboarding.Keep)
        {
            var word = candidate.Word(name, account) is { } said && pattern.IsMatch(said) ? said : null;
            if (fields.TryGetValue(name, out var expected) && !string.Equals(word, expected, StringComparison.OrdinalIgnoreCase))
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

    private static IReadOnlyList<string>? Granted(Provider provider, JsonElement? account) =>
        provider.Onboarding.ScopesMember is { } member
        && account is { } json && json.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!)]
            : null;
}
