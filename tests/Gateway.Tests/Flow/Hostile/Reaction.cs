namespace Gateway.Tests.Flow.Hostile;

/// <summary>A row of the failure table: what callers and the provider observe.</summary>
/// <param name="Plan">Plans the fault.</param>
/// <param name="Answer">Each of three requests in a row gets this: <c>200</c>, or the status and the code of the gateway's own
/// answer.</param>
/// <param name="Reason">The failure recorded in the connection; null when there was none.</param>
/// <param name="Later">The answer to a request after the fault has ended and every backoff has expired.</param>
internal sealed record Reaction(Action<HostileStage> Plan, string Answer, string? Reason, string Later)
{
    public const string Ok = "200";
    public const string Unavailable = "503 credential_unavailable";
    public const string Dead = "424 reauthorization_required";
    public const string Misconfigured = "502 provider_misconfigured";

    /// <summary>Number of calls to the token endpoint for the three requests.</summary>
    public int Calls { get; init; } = 1;

    /// <summary>
    /// Number of grants revoked because a spent refresh token was reused: only where the gateway could not know of the rotation.
    /// </summary>
    public int RevokedFamilies { get; init; }

    /// <summary>Whether the failed answer contains a new grant.</summary>
    public bool KeepsGrant { get; init; }

    /// <summary>Whether the clock must advance, because a deadline ends the call.</summary>
    public bool TakesTime { get; init; }

    /// <summary>The <c>Retry-After</c> of the first answer, in seconds; null where the test does not check it.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>A transient failure that spent no grant: the next call gets a token.</summary>
    public static Reaction Transient(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Ok);

    /// <summary>
    /// The provider has rotated, and the answer has no usable token but a new grant, which is presented next.
    /// </summary>
    public static Reaction Kept(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Ok) { KeepsGrant = true };

    /// <summary>The provider has rotated and the answer is unusable, so the grant is lost.</summary>
    public static Reaction Spent(string reason, Action<HostileStage> plan) => new(plan, Unavailable, reason, Dead) { RevokedFamilies = 1 };

    /// <summary>An unusual but usable answer.</summary>
    public static Reaction Fine(Action<HostileStage> plan) => new(plan, Ok, null, Ok);
}
