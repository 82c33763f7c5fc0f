namespace Gateway.Model;

/// <summary>
/// The connections of a provider in the order in which their tokens are due to be renewed, shared by all instances: Redis (or the
/// embedded server) in production, memory in tests. It saves work and may be wrong for a while; the record says what is true. Every member
/// throws <see cref="StoreUnavailableException"/> when the store can't answer in time.
/// </summary>
public interface IRenewalSchedule
{
    /// <summary>
    /// Takes on what is due, in one step: of several instances that ask, one gets a name. A name comes back when <paramref name="period"/>
    /// is over, unless a write of its connection gave it another time: so nothing is lost with an instance that dies.
    /// </summary>
    /// <param name="provider">Whose.</param>
    /// <param name="limit">How many at most: 1 or more.</param>
    /// <param name="period">Longer than a refresh takes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken);

    /// <summary>Gives a name the time that its record says, or drops it: for one that was claimed and turned out not to be due.</summary>
    ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken);
}

/// <summary>Renewals that one instance took on.</summary>
/// <param name="Due">The most overdue first; no other instance is given them for the time of the claim.</param>
/// <param name="NextAt">When there is something to claim again; <see cref="DateTimeOffset.MaxValue"/> when nothing is foreseen.</param>
public sealed record RenewalBatch(IReadOnlyList<ConnectionId> Due, DateTimeOffset NextAt);
