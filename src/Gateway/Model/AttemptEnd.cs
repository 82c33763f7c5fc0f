namespace Gateway.Model;

/// <summary>The end of an attempt to refresh or to connect: what is to replace the connection that the attempt began with.</summary>
/// <param name="Next">The connection afterwards: of a higher generation with a new token, a new grant or both; or of the same one with a failure noted.</param>
/// <param name="ExpectedGeneration">The generation that the attempt began with; 0 when nothing was stored.</param>
/// <param name="Intent">What was recorded before the call; null when the grant can't be spent (client credentials).</param>
public sealed record AttemptEnd(Connection Next, long ExpectedGeneration, RefreshIntent? Intent)
{
    public ConnectionId Id => Next.Id;

    /// <summary>True when an owner gave the grant, so that refreshes of the one before are nothing to it.</summary>
    public bool IsGiven { get; init; }

    /// <summary>Of a given grant: when the one that it replaces was given, as the store said; null when it did not say, or held nothing.</summary>
    public DateTimeOffset? Replaced { get; init; }

    /// <summary>True when it brought a new token or grant; false when all there is to say is that the attempt is over.</summary>
    public bool IsRenewal => Next.Generation > ExpectedGeneration;

    /// <summary>
    /// True while <paramref name="stored"/> may be replaced by this end. A refresh replaces what it began with. A given grant replaces also
    /// what refreshes have written since, and gives way to a removal and to any other grant that was given in the meantime.
    /// </summary>
    public bool Fits(Connection? stored) => stored switch
    {
        null => ExpectedGeneration == 0,
        _ when IsGiven => ExpectedGeneration > 0 && stored.ConnectedAt == Replaced,
        _ when stored.Generation == ExpectedGeneration => IsUntouched(stored),
        _ => IsOfThePast(stored),
    };

    /// <summary>True when <paramref name="stored"/> came of this very given grant, also after refreshes.</summary>
    public bool IsIn(Connection? stored) => IsGiven && stored is not null && stored.ConnectedAt == Next.ConnectedAt;

    /// <summary>A given grant, to be written over what is stored by now.</summary>
    public AttemptEnd On(Connection? stored) => this with
    {
        // The fence stays: a refresh that is under way was leased a newer one, and fails on the generation instead.
        Next = Next with { Generation = (stored?.Generation ?? 0) + 1, Fence = stored?.Fence ?? 0 },
        ExpectedGeneration = stored?.Generation ?? 0,
    };

    // The generation alone would not do, because numbers begin anew a day after a removal. A renewal asks for the grant that it spent, whatever
    // was noted beside it: nobody else has the successor. A failure is written only over its own intent.
    private bool IsUntouched(Connection stored) =>
        Intent is null || (IsRenewal ? Intent.Spends(stored.Grant) : stored.Intent?.Attempt == Intent.Attempt);

    // The store has gone back in time, to a grant that was spent even before this one.
    private bool IsOfThePast(Connection stored) =>
        Intent is not null && IsRenewal && stored.Generation < ExpectedGeneration && Next.Succeeds(stored);
}
