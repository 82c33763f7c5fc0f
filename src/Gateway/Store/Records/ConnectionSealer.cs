using System.Collections.Frozen;
using System.Text;

using Gateway.Model;
using Gateway.Store.Encryption;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>Between a connection and what is stored of it: every secret is sealed for its connection, field and generation.</summary>
internal sealed class ConnectionSealer(SecretProtector protector, CachedTokens cachedTokens, ProviderCatalog providers, TimeProvider clock)
{
    // Names of the two secrets that every provider calls the same; a field of a provider gets a prefix, so that none can pass for these.
    public const string RefreshToken = "refresh_token";
    public const string AccessToken = "access_token";
    public const string FieldPrefix = "field:";

    // Of a digest, not of a grant.
    public const string Intent = "intent";

    private const string Unreadable = "unreadable";

    /// <summary>Puts a client-credentials token into the cache on the way: a record that others can see never lacks its token.</summary>
    public async ValueTask<StoredRecord> SealAsync(Connection connection, CancellationToken cancellationToken)
    {
        var (record, caching) = BeginSeal(connection, cancellationToken);
        await caching;
        return record;
    }

    /// <summary>
    /// As <see cref="SealAsync"/>, for a write that follows at once: the token is on its way to the cache when this returns, ahead of the
    /// record on the same wire, so that the caller waits for both at the same time.
    /// </summary>
    public (StoredRecord Record, Task Caching) BeginSeal(Connection connection, CancellationToken cancellationToken)
    {
        var isCached = connection.Token is not null && IsClientCredentials(connection.Id.Provider);
        var caching = isCached
            ? cachedTokens.WriteAsync(connection.Id, connection.Generation, connection.Token!, cancellationToken).AsTask()
            : Task.CompletedTask;
        return (new StoredRecord(connection.Generation, connection.Fence, Body(connection, isCached)), caching);
    }

    /// <summary>As <see cref="SealAsync"/>, with nothing left to the cache.</summary>
    public StoredRecord Seal(Connection connection) => new(connection.Generation, connection.Fence, Body(connection, tokenIsCached: false));

    public byte[] SealDigest(ConnectionId id, Secret digest, long generation) =>
        protector.Seal(Encoding.UTF8.GetBytes(digest.Reveal()), new(id, Intent, generation));

    public Secret OpenDigest(ConnectionId id, byte[]? blob, long generation) => Open(blob, new(id, Intent, generation));

    public async ValueTask<Connection?> OpenAsync(ConnectionId id, RedisValue stored, CancellationToken cancellationToken)
    {
        if (StoredRecord.Parse(stored) is not { } record)
        {
            return null;
        }

        var connection = Open(id, record);
        return record.Body.TokenIsCached && record.Body.ExpiresAt > clock.GetUtcNow()
            ? connection with { Token = await cachedTokens.ReadAsync(id, record.Generation, record.Body.ExpiresAt, cancellationToken) }
            : connection;
    }

    public Connection Open(ConnectionId id, StoredRecord record)
    {
        var body = record.Body;
        return new Connection
        {
            Id = id,
            Generation = record.Generation,
            Fence = record.Fence,
            Grant = OpenGrant(id, record),
            Token = OpenToken(id, record),
            Fields = body.Fields ?? FrozenDictionary<string, string>.Empty,
            Scopes = body.Scopes ?? [],
            DeadSince = body.DeadSince,
            RefreshedAt = body.RefreshedAt,
            RefreshTrace = body.RefreshTrace,
            RefreshPath = body.RefreshPath,
            ConnectedAt = body.ConnectedAt,
            LastFailure = body.LastFailure,
            TokenAge = body.TokenAge,
            RejectedGeneration = body.RejectedGeneration,
            Intent = body.Intent is { } intent ? new(intent.Attempt, intent.Instance, intent.Since, intent.Since) : null,
        };
    }

    /// <summary>What can be said of a record whose secrets don't open, or that is none: where it is, and that it is unavailable.</summary>
    public static Connection ShowUnreadable(ConnectionId id, RedisValue stored, DateTimeOffset now)
    {
        var (generation, body) = StoredRecord.TryParse(stored) is { } record ? (record.Generation, record.Body) : (0, new RecordBody());
        return new Connection
        {
            Id = id,
            Generation = generation,
            Grant = Grant.None,
            Fields = body.Fields ?? FrozenDictionary<string, string>.Empty,
            Scopes = body.Scopes ?? [],
            RefreshedAt = body.RefreshedAt,
            LastFailure = new RefreshFailure(RefreshOutcome.Configuration, Unreadable, now, 1, now),
        };
    }

    private bool IsClientCredentials(string provider) => providers.Find(provider)?.OAuth?.Grant == OAuthGrant.ClientCredentials;

    private RecordBody Body(Connection connection, bool tokenIsCached) => new()
    {
        SealedRefreshToken = Seal(connection.Grant.RefreshToken, new(connection.Id, RefreshToken, connection.Generation)),
        SealedFields = connection.Grant.Fields.Count == 0 ? null : connection.Grant.Fields.ToDictionary(
            static field => field.Key, field => SealField(connection, field), StringComparer.Ordinal),
        SealedToken = tokenIsCached || connection.Token is not { } token ? null
            : Seal(token.Value, new(connection.Id, AccessToken, connection.Generation)),
        TokenIsCached = tokenIsCached,
        ExpiresAt = connection.Token?.ExpiresAt,
        Fields = connection.Fields.Count == 0 ? null : connection.Fields,
        Scopes = connection.Scopes.Count == 0 ? null : connection.Scopes,
        DeadSince = connection.DeadSince,
        RefreshedAt = connection.RefreshedAt,
        RefreshTrace = connection.RefreshTrace,
        RefreshPath = connection.RefreshPath,
        ConnectedAt = connection.ConnectedAt,
        LastFailure = connection.LastFailure,
        TokenAge = connection.TokenAge,
        RejectedGeneration = connection.RejectedGeneration,
        Intent = connection.Intent is { } intent
            ? new() { Attempt = intent.Attempt, Instance = intent.Instance, Since = intent.Since }
            : null,
    };

    private byte[] SealField(Connection connection, KeyValuePair<string, Secret> field) =>
        protector.Seal(Encoding.UTF8.GetBytes(field.Value.Reveal()), new(connection.Id, FieldPrefix + field.Key, connection.Generation));

    private byte[]? Seal(Secret secret, SealBinding binding) =>
        secret.IsEmpty ? null : protector.Seal(Encoding.UTF8.GetBytes(secret.Reveal()), binding);

    private Grant OpenGrant(ConnectionId id, StoredRecord record)
    {
        var fields = record.Body.SealedFields?.ToFrozenDictionary(
            static field => field.Key, field => Open(field.Value, new(id, FieldPrefix + field.Key, record.Generation)),
            StringComparer.Ordinal);
        return new Grant(
            Open(record.Body.SealedRefreshToken, new(id, RefreshToken, record.Generation)),
            fields ?? FrozenDictionary<string, Secret>.Empty);
    }

    private Token? OpenToken(ConnectionId id, StoredRecord record) => record.Body is { SealedToken: { } blob, ExpiresAt: { } expiresAt }
        ? new Token(Open(blob, new(id, AccessToken, record.Generation)), expiresAt)
        : null;

    private Secret Open(byte[]? blob, SealBinding binding) =>
        blob is null ? default : new Secret(Encoding.UTF8.GetString(protector.Open(blob, binding)));
}
