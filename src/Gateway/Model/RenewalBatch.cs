namespace Gateway.Model;

/// <summary>Renewals that one instance took on.</summary>
/// <param name="Due">The most overdue first; no other instance is given them for the time of the claim.</param>
/// <param name="NextAt">When there is something to claim again; <see cref="DateTimeOffset.MaxValue"/> when nothing is foreseen.</param>
public sealed record RenewalBatch(IReadOnlyList<ConnectionId> Due, DateTimeOffset NextAt);
