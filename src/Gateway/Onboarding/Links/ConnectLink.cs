namespace Gateway.Onboarding.Links;

/// <summary>What an operator decided when he made a link. Kept under the hash of the link's token until the connection exists, a day at most.</summary>
internal sealed class ConnectLink
{
    public required string Provider { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Public fields that the owner is not asked for, and kept ones that the account must have.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What to ask for; null for what is configured.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Where the last page leads: a path below <c>Connect:ReturnPaths</c>, or an address at the marketplace's origin. Null for nowhere.</summary>
    public string? ReturnTo { get; init; }
}
