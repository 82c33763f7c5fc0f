namespace Gateway.Onboarding;

/// <summary>Why an owner's step led nowhere; a closed set, each with a page of its own.</summary>
internal enum Refusal
{
    /// <summary>The link was never made, was used, or is too old.</summary>
    LinkGone,

    /// <summary>The state was never handed out, was presented before, or is too old.</summary>
    StateGone,

    /// <summary>The state belongs to another browser.</summary>
    OtherBrowser,

    /// <summary>The state belongs to another provider, or <c>iss</c> names another server than the one that was asked.</summary>
    MixedUp,

    /// <summary>A parameter is missing, there twice, or of no known form.</summary>
    Malformed,

    /// <summary>The owner said no (<c>access_denied</c>, <c>success=false</c>).</summary>
    Declined,

    /// <summary>The provider could not go on now (<c>server_error</c>, <c>temporarily_unavailable</c>, no answer).</summary>
    ProviderAway,

    /// <summary>The provider refuses the gateway or what it asks for: its configuration is to be looked at.</summary>
    ProviderRefused,

    /// <summary>The provider did not take the code.</summary>
    CodeRefused,

    /// <summary>The new credential did not pass <c>Verify</c>.</summary>
    NotVerified,

    /// <summary>Another account than the one that the connection belongs to was authorised.</summary>
    OtherAccount,

    /// <summary>The configuration changed meanwhile.</summary>
    Changed,

    /// <summary>The configuration has no such provider any more, or nobody could come back from it.</summary>
    ProviderGone,

    /// <summary>Too many starts from one address.</summary>
    TooMany,

    /// <summary>The store is out of reach.</summary>
    StoreAway,
}
