namespace Gateway.Model;

/// <summary>
/// The end of an attempt to refresh or to connect, until the store has it: what is to replace the connection that the attempt began with.
/// </summary>
/// <param name="Next">The connection afterwards: with a new token or grant and a higher generation, or with a failure.</param>
/// <param name="ExpectedGeneration">The generation that the attempt began with; 0 when nothing was stored.</param>
/// <param name="Owner">The attempt: the owner of its lease and of its intent.</param>
/// <param name="Spent">Digest of the grant that was presented (<see cref="Grant.Digest"/>).</param>
public sealed record PendingWrite(Connection Next, long ExpectedGeneration, AttemptId Owner, Secret Spent)
{
    public ConnectionId Id => Next.Id;

    /// <summary>When the attempt began.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>True for a failure of a grant that an earlier, interrupted attempt may have spent: that intent stays open.</summary>
    public bool KeepsEarlierIntent { get; init; }

    /// <summary>True when an owner gave the grant: it replaces also what refreshes of the grant before have written since.</summary>
    public bool IsGiven { get; init; }

    /// <summary>Of a given grant: when the one that it replaces was given; null when unknown, or when nothing was stored.</summary>
    public DateTimeOffset? Replaced { get; init; }

    /// <summary>True when it brings a new token or grant; false when it only notes a failure.</summary>
    public bool IsRenewal => Next.Generation > ExpectedGeneration;

    /// <summary>True for a failure that the store takes only while lease or intent are the attempt's own.</summary>
    public bool IsOwnersAlone { get; init; }

    /// <summary>
    /// True while this write may replace <paramref name="stored"/>. A refresh replaces what it began with. A given grant replaces also
    /// what refreshes have written since, and gives way to a removal and to any other grant that was given in the meantime.
    /// </summary>
    public bool CanReplace(Connection? stored) => stored switch
    {
        null => ExpectedGeneration == 0,
        _ when IsGiven => ExpectedGeneration > 0 && stored.ConnectedAt == Replaced,

        // The generation alone does not suffice: numbers start again a day after a removal. A renewal replaces the grant that it spent,
        // whatever failure was noted beside it, because no other instance has the successor. Only an older version stored the intent in the
        // record.
        _ when stored.Generation == ExpectedGeneration =>
            IsRenewal ? Spent == stored.Grant.Digest() : IsOwnersAlone || stored.Intent?.Attempt == Owner.Value,

        // The store has gone back in time, to a grant that was spent even before this one.
        _ => IsRenewal && stored.Generation < ExpectedGeneration && Next.Succeeds(stored),
    };

    /// <summary>True when <paramref name="stored"/> is the result of this write, of which the answer was lost.</summary>
    public bool IsStoredAs(Connection? stored) => stored is not null && (IsGiven
        ? stored.ConnectedAt == Next.ConnectedAt
        : stored.Generation == Next.Generation && stored.Grant.RefreshToken == Next.Grant.RefreshToken && stored.Token == Next.Token
            && (IsRenewal || stored.LastFailure == Next.LastFailure));

    /// <summary>The same write over what is stored by now; call it when <see cref="CanReplace"/>.</summary>
    public PendingWrite RebaseOnto(Connection? stored) => this with
    {
        // A given grant keeps the stored fence: a refresh under way has a newer one, and fails on the generation instead. A renewal that
        // comes late outranks the failures that later leases have noted on the grant that it spent.
        Next = IsGiven
            ? Next with { Generation = (stored?.Generation ?? 0) + 1, Fence = stored?.Fence ?? 0 }
            : Next with { Fence = IsRenewal ? Math.Max(Next.Fence, stored?.Fence ?? 0) : Next.Fence },
        ExpectedGeneration = stored?.Generation ?? 0,
    };
}
