namespace Gateway.Model;

/// <summary>
/// Owners who start at the provider's marketplace come without a link. The account that the provider names decides the connection, and has
/// to be the one that is authorised in the end.
/// </summary>
/// <param name="Parameters">Kept or public field, by the query parameter that brings it.</param>
/// <param name="Connection">The connection's name, over those fields.</param>
/// <param name="ReturnParameter">The query parameter with the address to go back to; null when there is none.</param>
/// <param name="ReturnOrigins">Where that address may lead: exact origins.</param>
public sealed record MarketplaceEntry(
    IReadOnlyDictionary<string, string> Parameters, TextTemplate Connection, string? ReturnParameter, IReadOnlyList<string> ReturnOrigins);
