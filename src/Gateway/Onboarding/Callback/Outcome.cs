namespace Gateway.Onboarding.Callback;

/// <summary>Where a browser was sent after its state was presented. Kept as long as the state would have been.</summary>
internal sealed class Outcome
{
    /// <summary>The hash of the cookie that the browser got.</summary>
    public required string CookieHash { get; init; }

    /// <summary>Of the page; without code, key and state.</summary>
    public required string Path { get; init; }
}
