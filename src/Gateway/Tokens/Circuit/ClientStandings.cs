using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

using Gateway.Model;

namespace Gateway.Tokens.Circuit;

/// <summary>The standing of each client configuration that this process has had. A reload that changes nothing of a client keeps its standing.</summary>
internal sealed class ClientStandings(TimeProvider clock)
{
    // Per configuration, few in the life of a process: requests of an old one may still be under way, and it may come back.
    private readonly ConcurrentDictionary<(string Provider, string Fingerprint), ClientStanding> _standings = new();

    // Spares hashing at each call; an entry goes with its configuration.
    private readonly ConditionalWeakTable<OAuthClient, ClientStanding> _known = [];

    public ClientStanding Of(string provider, OAuthClient client) => _known.TryGetValue(client, out var standing)
        ? standing
        : _known.GetValue(client, it => _standings.GetOrAdd((provider, FingerprintOf(it)), Create));

    private ClientStanding Create((string Provider, string Fingerprint) key) => new(key.Provider, key.Fingerprint, clock.GetUtcNow());

    // What a provider's refusal is about. It leaves the process sealed only: short secrets could be found from a hash.
    private static string FingerprintOf(OAuthClient client)
    {
        var parts = new StringBuilder();
        foreach (var part in (IEnumerable<string>)[
            $"{client.Grant} {client.ClientAuthentication}",
            client.TokenEndpoint?.Text ?? client.Discovery?.AbsoluteUri ?? "",
            client.ClientId, string.Join(' ', client.Scopes),
            .. client.ClientSecrets.Select(static secret => secret.Reveal())])
        {
            parts.Append(part.Length).Append(':').Append(part);
        }

        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())).AsSpan(0, 16));
    }
}
