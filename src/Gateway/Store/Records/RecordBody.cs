using Gateway.Model;

namespace Gateway.Store.Records;

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
