namespace Gateway.Tests.Flow.Hostile;

/// <summary>A row of the failure table, as callers and the provider see it.</summary>
/// <param name="Plan">What goes wrong.</param>
/// <param name="Answer">Each of three requests in a row gets this: <c>200</c>, or the status and the code of the gateway's own
/// answer.</param>
/// <param name="Reason">What the connection remembers of the failure; null when there was none.</param>
/// <param name="Later">What a request gets when the trouble is over and every backoff has run out.</param>
internal sealed record Reaction(Action<HostileStage> Plan, string Answer, string? Reason, string Later)
{
    public const string Ok = "200";
    public const string Unavailable = "503 credential_unavailable";
    public const string Dead = "424 reauthorization_required";
    public const string Misconfigured = "502 provider_misconfigured";

    /// <summary>Calls at the token endpoint for the three requests.</summary>
    public int Calls { get; init; } = 1;

    /// <summary>
    /// Grants that the provider revoked because a spent refresh token came again: only where it had rotated and nobody could know.
    /// </summary>
    public int RevokedFamilies { get; init; }

    /// <summary>Whether a new grant comes with the failure.</summary>
    public bool KeepsGrant { get; init; }

    /// <summary>Whether the answer needs the clock to go on: a deadline ends it.</summary>
    public bool TakesTime { get; init; }

    /// <summary>The <c>Retry-After</c> of the first answer, in seconds; null where it is the gateway's own business.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The trouble passes by itself, nothing was spent: the next call gets a token.</summary>
    public static Reaction Transient(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Ok);

    /// <summary>
    /// The provider has rotated, the answer has no token that can be used, and the new grant in it is the one presented next.
    /// </summary>
    public static Reaction Kept(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Ok) { KeepsGrant = true };

    /// <summary>The provider has rotated, the answer can't be used, and the grant is gone with it.</summary>
    public static Reaction Spent(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Dead) { RevokedFamilies = 1 };

    /// <summary>Odd, and good enough.</summary>
    public static Reaction Fine(Action<HostileStage> plan) => new(plan, Ok, null, Ok);
}
