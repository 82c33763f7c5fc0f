using System.Text;

using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Store;

/// <summary>Tokens of client-credentials connections, in the distributed cache. A token that is lost is requested again.</summary>
internal sealed class CachedTokens(IDistributedCache cache, TimeProvider clock)
{
    public async ValueTask WriteAsync(ConnectionId id, long generation, Token token, CancellationToken cancellationToken)
    {
        // The cache refuses an expiry in the past.
        if (token.ExpiresAt > clock.GetUtcNow())
        {
            DateTimeOffset? end = token.ExpiresAt == DateTimeOffset.MaxValue ? null : token.ExpiresAt;
            var expiry = new DistributedCacheEntryOptions { AbsoluteExpiration = end };
            await cache.SetAsync(Key(id, generation), Encoding.UTF8.GetBytes(token.Value.Reveal()), expiry, cancellationToken);
        }
    }

    public async ValueTask<Token?> ReadAsync(
        ConnectionId id, long generation, DateTimeOffset? expiresAt, CancellationToken cancellationToken) =>
        expiresAt is { } expiry && await cache.GetAsync(Key(id, generation), cancellationToken) is { } value
            ? new Token(new Secret(Encoding.UTF8.GetString(value)), expiry)
            : null;

    private static string Key(ConnectionId id, long generation) => $"token:{id}:{generation}";
}
