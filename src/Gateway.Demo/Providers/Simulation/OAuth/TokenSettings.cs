namespace Gateway.Demo.Providers;

/// <summary>
/// Settings of an authorization server that tests and the demo change while it runs. Plain properties: a change is seen by the next request.
/// </summary>
internal sealed class TokenSettings
{
    /// <summary>Of tokens issued from now on.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What <c>expires_in</c> says instead of the truth: a server whose clock is off, or whose answer was long under way.</summary>
    public TimeSpan? AnnouncedLifetime { get; set; }

    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    public RefreshRotation Rotation { get; set; } = RefreshRotation.Rotating;

    /// <summary>For how long a spent refresh token is taken once more, and not counted as reuse. Zero: never.</summary>
    public TimeSpan ReuseGrace { get; set; }

    /// <summary>Whether a spent refresh token that turns up again kills the whole grant (RFC 9700 section 4.14.2).</summary>
    public bool RevokeFamilyOnReuse { get; set; }

    /// <summary>The account in whose name the authorize page approves without asking; null shows the page.</summary>
    public string? AutoApproveAs { get; set; }
}
