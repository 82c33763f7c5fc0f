using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using System.Text;

using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>
/// A value as it lies in Redis: <c>GENERATION FENCE TOKENGENERATION USABLE_UNTIL RETRY_AT JSON</c>. One string, so that it is read by one
/// GET, replaced as a whole, and cheap in both servers; the numbers in front are for <see cref="RedisScripts"/> alone, and derived from the
/// JSON. Older versions wrote <c>GENERATION FENCE JSON</c>.
/// </summary>
internal readonly record struct StoredRecord(long Generation, long Fence, RecordBody Body)
{
    /// <summary>As <see cref="Connection.IsRejected"/>.</summary>
    public bool IsRejected => Body.RejectedGeneration == TokenGeneration;

    private long TokenGeneration => Generation - Body.TokenAge;

    // Unix milliseconds; 0 when there is no token, or a refused one.
    private long UsableUntil => Body.SealedToken is not null || Body.TokenIsCached
        ? IsRejected ? 0 : Body.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0
        : 0;

    // Unix milliseconds; 0 when nothing speaks against a refresh, far in the future for a dead grant.
    private long RetryAt => Body switch
    {
        { DeadSince: not null } => DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(),
        { LastFailure: { IsBackoff: true } failure } => Math.Max(0, failure.RetryAt.ToUnixTimeMilliseconds()),
        _ => 0,
    };

    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        buffer.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Generation} {Fence} {TokenGeneration} {Math.Max(0, UsableUntil)} {RetryAt} ")));
        JsonSerializer.Serialize(buffer, Body, StoreJson.Default.RecordBody);
        return buffer.ToArray();
    }

    /// <summary>Null when nothing or a tombstone is stored.</summary>
    /// <exception cref="StoreUnavailableException">What is stored is no record.</exception>
    public static StoredRecord? Parse(RedisValue value)
    {
        var bytes = ((ReadOnlyMemory<byte>)value).Span;
        if (bytes.IsEmpty)
        {
            return null;
        }

        if (!TryReadNumber(ref bytes, out var generation) || !TryReadNumber(ref bytes, out var fence))
        {
            throw Unreadable();
        }

        if (bytes.IsEmpty)
        {
            return null;
        }

        // A record of an older version has its JSON here. What these numbers say, the JSON says too.
        while (bytes[0] != (byte)'{' && TryReadNumber(ref bytes, out _) && !bytes.IsEmpty)
        {
        }

        return new StoredRecord(generation, fence, ParseBody(bytes));
    }

    /// <summary>Null also when what is stored is no record.</summary>
    public static StoredRecord? TryParse(RedisValue value)
    {
        try
        {
            return Parse(value);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static RecordBody ParseBody(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StoreJson.Default.RecordBody) ?? throw Unreadable();
        }
        catch (JsonException)
        {
            throw Unreadable();
        }
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out long number)
    {
        if (!Utf8Parser.TryParse(bytes, out number, out var read) || read >= bytes.Length || bytes[read] != ' ')
        {
            return false;
        }

        bytes = bytes[(read + 1)..];
        return true;
    }

    private static StoreUnavailableException Unreadable() =>
        new("A stored connection is not in a form that this version reads.") { IsUnreadable = true };
}

/// <summary>
/// The JSON of a stored connection. Members called <c>Sealed…</c> are blobs of <see cref="Encryption.SecretProtector"/>; nothing else here
/// is secret, so an index can be kept without a key; what is sealed here is re-sealed by <see cref="Index.RecordScanner"/>. Members may be
/// added; what an older version wrote stays readable.
/// </summary>
internal sealed record RecordBody
{
    public byte[]? SealedRefreshToken { get; init; }
    public Dictionary<string, byte[]>? SealedFields { get; init; }

    /// <summary>Null when there is no token, or when <see cref="TokenIsCached"/>.</summary>
    public byte[]? SealedToken { get; init; }

    /// <summary>The token lies in the distributed cache: it may vanish, because asking for another one costs nothing but a call.</summary>
    public bool TokenIsCached { get; init; }

    /// <summary>Null when there is no token.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
    public IReadOnlyDictionary<string, string>? Fields { get; init; }
    public IReadOnlyList<string>? Scopes { get; init; }
    public DateTimeOffset? DeadSince { get; init; }
    public DateTimeOffset? RefreshedAt { get; init; }
    public string? RefreshTrace { get; init; }

    public string? RefreshPath { get; init; }

    /// <summary>Null in records of an older version.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }
    public RefreshFailure? LastFailure { get; init; }
    public int TokenAge { get; init; }
    public long RejectedGeneration { get; init; }

    /// <summary>Null when no attempt is under way or was left unfinished.</summary>
    public RecordedIntent? Intent { get; init; }
}

/// <summary>Of an attempt, in the journal; and in records of an older version, which kept intents there.</summary>
internal sealed record RecordedIntent
{
    public string Attempt { get; init; } = "";
    public string Instance { get; init; } = "";

    /// <summary>
    /// The digest of the grant, sealed: without the key it says nothing, not even to a reader who can guess the grant. Null in a record.
    /// </summary>
    public byte[]? SealedSpent { get; init; }
    public DateTimeOffset Since { get; init; }
}

/// <summary>Records as they lie in Redis, sealed: read, and replaced only if they are still what was read.</summary>
internal sealed class RecordStrings(RedisCalls calls)
{
    /// <summary>Null when there is nothing, not even a tombstone.</summary>
    public ValueTask<RedisValue> ReadAsync(ConnectionId id, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("read", db => db.StringGetAsync(RedisKeys.Connection(id)), cancellationToken);

    /// <summary>Several at once, each by a read of its own: in a cluster they lie on different nodes.</summary>
    public ValueTask<RedisValue[]> ReadAsync(IEnumerable<ConnectionId> ids, CancellationToken cancellationToken) =>
        calls.RunIdempotentAsync("list", db => Task.WhenAll(ids.Select(id => db.StringGetAsync(RedisKeys.Connection(id)))),
            cancellationToken);

    /// <param name="read">What <see cref="ReadAsync(ConnectionId, CancellationToken)"/> gave.</param>
    /// <param name="change">What to tell the other instances; null when it is the same to them.</param>
    /// <returns>False when another write came in between.</returns>
    public ValueTask<bool> TryReplaceAsync(
        ConnectionId id, RedisValue read, RedisValue next, ConnectionChange? change, CancellationToken cancellationToken)
    {
        RedisValue message = change is { } news ? RedisChanges.Message(id, news.Generation) : RedisValue.EmptyString;
        RedisValue[] arguments = [read.IsNull ? RedisValue.EmptyString : read, next, RedisKeys.Changes.ToString(), message];
        return calls.RunAsync(
            "replace", async db => (bool)await db.ScriptEvaluateAsync(RedisScripts.Replace, [RedisKeys.Connection(id)], arguments),
            cancellationToken, static replaced => !replaced);
    }
}
