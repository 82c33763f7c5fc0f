using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Sample connections.</summary>
internal static class Samples
{
    /// <summary>With whole milliseconds, the precision of index scores.</summary>
    public static readonly DateTimeOffset Later =
        DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds());

    public static ConnectionId NewId(string name = "acme") => new($"provider-{Guid.NewGuid():N}", name);

    public static Connection Connection(ConnectionId id, long generation = 1, string mark = "x") => new()
    {
        Id = id,
        Generation = generation,
        Grant = new Grant(
            new Secret($"refresh-{mark}-{generation}"),
            new Dictionary<string, Secret>(StringComparer.Ordinal) { ["apiKey"] = new($"key-{mark}") }
                .ToFrozenDictionary(StringComparer.Ordinal)),
        Token = new Token(new Secret($"token-{mark}-{generation}"), Later),
        Fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["client"] = "acme" },
        Scopes = ["read", "write"],
        RefreshedAt = Later.AddHours(-1),
    };

    public static RefreshFailure Failure(RefreshOutcome outcome = RefreshOutcome.Transient) =>
        new(outcome, "http_503", Later.AddMinutes(-30), 3, Later.AddMinutes(-29));

    /// <summary>As in a record of an older version.</summary>
    public static RefreshIntent Intent() => new("attempt", "machine/1", Later.AddMinutes(-1), Later.AddMinutes(-1));

    public static RefreshBegin Begin(ConnectionId id, long generation = 1, TimeSpan? length = null, string instance = "one") =>
        new(id, AttemptId.New(instance), generation, length ?? TimeSpan.FromMinutes(1)) { InterruptedWait = TimeSpan.FromMinutes(10) };

    /// <summary>The commit of a refresh that was begun.</summary>
    public static PendingWrite Commit(RefreshBegun begun, Connection next) =>
        new(next with { Fence = begun.Lease!.Fence }, begun.Stored?.Generation ?? 0, begun.Lease.Owner,
            (begun.Stored?.Grant ?? Grant.None).Digest());

    public static Connection Dead(this Connection connection) =>
        connection with { DeadSince = Later.AddMinutes(-5), LastFailure = Failure(RefreshOutcome.Permanent) };

    public static Connection Unavailable(this Connection connection) =>
        connection with { Token = connection.Token! with { ExpiresAt = Later.AddHours(-2) }, LastFailure = Failure() };
}
