namespace Gateway.Model;

/// <summary>A page of connections, ordered by provider and name.</summary>
/// <param name="Provider">Only this provider; null for all.</param>
/// <param name="Status">Only this status; null for all.</param>
/// <param name="After">The last connection of the page before; null for the first page.</param>
/// <param name="Limit">1 to 1000.</param>
public sealed record ConnectionQuery(string? Provider, ConnectionStatus? Status, ConnectionId? After, int Limit);
