using Gateway.Model;

namespace Gateway.Onboarding.Links;

/// <summary>
/// A link that an operator made for the owner of an account. Kept under the hash of its token until the connection exists, a day at most.
/// </summary>
internal sealed class ConnectLink
{
    public required string Provider { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Public fields that the owner is not asked for, and kept ones that the account must have.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What to ask for; null for what is configured.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>A path below <c>Connect:ReturnPaths</c>, or an address at the marketplace's origin. Null for none.</summary>
    public string? ReturnTo { get; init; }
}

/// <summary>
/// Links by their token. Opening a page does not use a link up, so that previews in mail and chat are harmless; the connection that results
/// from it does.
/// </summary>
internal sealed class ConnectLinks(IOneTimeStore store, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly OneTimeEntries<ConnectLink> _entries = new(store, "link", clock);

    /// <returns>The token; only its hash is stored.</returns>
    public async Task<string> CreateAsync(ConnectLink link)
    {
        var token = RandomToken.Create();
        await _entries.PutAsync(token, link, link.ExpiresAt - clock.GetUtcNow());
        return token;
    }

    /// <summary>Null for a link that does not exist, was used, or has expired.</summary>
    public async Task<ConnectLink?> FindAsync(string token, CancellationToken cancellationToken) =>
        Current(await _entries.PeekAsync(token, cancellationToken));

    /// <summary>Removes the link: of two tabs that complete at once, one gets it.</summary>
    public async Task<ConnectLink?> TakeAsync(string token) => Current(await _entries.TakeAsync(token));

    /// <summary>Restores a link after a failed attempt; retries in the background while the store is unavailable.</summary>
    public async Task PutBackAsync(string token, ConnectLink link)
    {
        var left = link.ExpiresAt - clock.GetUtcNow();
        if (left > TimeSpan.Zero && !await _entries.TryPutAsync(token, link, left))
        {
            _ = _entries.PutWithRetryAsync(token, link, left);
        }
    }

    // The store expires entries by its own clock; this process holds to its own as well.
    private ConnectLink? Current(ConnectLink? link) => link?.ExpiresAt > clock.GetUtcNow() ? link : null;
}

/// <summary>Where the last page may lead: only to what the configuration names.</summary>
internal static class ReturnTarget
{
    private const int MaxLength = 512;

    /// <summary>
    /// True for a path below an allowed one. Only letters, digits and a few signs are accepted: nothing that a browser would read as a
    /// host, a scheme, a parent directory or an escape.
    /// </summary>
    public static bool IsAllowedPath(string path, IEnumerable<string> allowed) =>
        path.Length is > 0 and <= MaxLength
        && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Split('/').Any(static part => part is "." or "..")
        && allowed.Any(prefix => prefix.StartsWith('/') && prefix.EndsWith('/') && path.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>True for an address at exactly one of these origins, as a browser reads it.</summary>
    public static bool IsAllowedAddress(string address, IEnumerable<string> origins) =>
        address.Length <= 2 * MaxLength
        && address.All(static c => c is > ' ' and <= '~' and not '\\')
        && Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0 && !address.Contains('@', StringComparison.Ordinal)
        && origins.Any(origin => uri.GetLeftPart(UriPartial.Authority) == origin
            && address.StartsWith(origin, StringComparison.Ordinal)
            && (address.Length == origin.Length || address[origin.Length] is '/' or '?' or '#'));
}
