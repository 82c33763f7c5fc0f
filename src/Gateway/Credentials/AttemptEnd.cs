using Gateway.Credentials.Connections;
using Gateway.Credentials.Refreshing;

namespace Gateway.Credentials;

/// <summary>How an attempt to refresh, or to connect, ended: to be written in the place of what it began with.</summary>
/// <param name="Next">The connection after it: with a higher generation and a new token, a new grant or both; or with a failure noted and the same one.</param>
/// <param name="ExpectedGeneration">What it began with.</param>
/// <param name="Intent">What was recorded before; null when the grant can't be spent (client credentials).</param>
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
    /// True while <paramref name="stored"/> is what the attempt began with. For a renewal the grant decides, whoever noted what beside it in
    /// the meantime: nobody else has its successor. Generations alone would not do: they begin anew a day after a removal. What the connection was
    /// before that fits, too: the store has gone back in time, to a grant that is spent for longer.
    /// A given grant stands above refreshes, and gives way to a removal and to whatever somebody else gave in the meantime.
    /// </summary>
    public bool Fits(Connection? stored)
    {
        if (IsGiven)
        {
            return ExpectedGeneration == 0 ? stored is null : stored is not null && stored.ConnectedAt == Replaced;
        }

        if (stored?.Generation != ExpectedGeneration)
        {
            return stored is null ? ExpectedGeneration == 0 : Intent is not null && IsRenewal && stored.Generation < ExpectedGeneration && Next.Succeeds(stored);
        }

        return Intent is null || (IsRenewal ? Intent.Spends(stored.Grant) : stored.Intent?.Attempt == Intent.Attempt);
    }

    /// <summary>True when <paramref name="stored"/> came of this very given grant, also after refreshes.</summary>
    public bool IsIn(Connection? stored) => IsGiven && stored is not null && stored.ConnectedAt == Next.ConnectedAt;

    /// <summary>A given grant, to be written on what is stored by now.</summary>
    public AttemptEnd On(Connection? stored) => this with
    {
        // The fence stays: a refresh that is under way was leased a newer one, and fails on the generation instead.
        Next = Next with { Generation = (stored?.Generation ?? 0) + 1, Fence = stored?.Fence ?? 0 },
        ExpectedGeneration = stored?.Generation ?? 0,
    };
}
