namespace Gateway.Model;

/// <summary>
/// The connections of a provider in the order in which their tokens are due to be renewed, shared by all instances. It may be wrong for a
/// while: the record decides. Every member throws <see cref="StoreUnavailableException"/> when the store can't answer in time.
/// </summary>
public interface IRenewalSchedule
{
    /// <summary>
    /// Claims at most <paramref name="limit"/> due connections in one step: one of several instances gets each. A claim ends after
    /// <paramref name="period"/>, which is longer than a refresh, so that the claims of an instance that dies are not lost.
    /// </summary>
    ValueTask<RenewalBatch> ClaimAsync(string provider, int limit, TimeSpan period, CancellationToken cancellationToken);

    /// <summary>Sets the time of a claimed connection that is not due to what its record says, or removes it.</summary>
    ValueTask CorrectAsync(ConnectionId id, CancellationToken cancellationToken);
}

/// <summary>Renewals that one instance claimed.</summary>
/// <param name="Due">The most overdue first.</param>
/// <param name="NextAt">When the next one is due; <see cref="DateTimeOffset.MaxValue"/> when there is none.</param>
public sealed record RenewalBatch(IReadOnlyList<ConnectionId> Due, DateTimeOffset NextAt);
