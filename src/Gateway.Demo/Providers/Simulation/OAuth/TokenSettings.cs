namespace Gateway.Demo.Providers;

/// <summary>
/// Settings of an authorization server that tests and the control API change while it runs. A change applies to the next request.
/// </summary>
internal sealed class TokenSettings
{
    /// <summary>Lifetime of access tokens that are issued from now on.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The lifetime in <c>expires_in</c>, if it should differ from the real one; simulates a wrong clock or a delayed answer.
    /// </summary>
    public TimeSpan? AnnouncedLifetime { get; set; }

    public TimeSpan CodeLifetime { get; set; } = TimeSpan.FromMinutes(5);

    public RefreshRotation Rotation { get; set; } = RefreshRotation.Rotating;

    /// <summary>How long a spent refresh token is still accepted and not counted as reuse. Zero by default.</summary>
    public TimeSpan ReuseGrace { get; set; }

    /// <summary>Whether the reuse of a spent refresh token revokes the whole grant (RFC 9700 section 4.14.2).</summary>
    public bool RevokeFamilyOnReuse { get; set; }

    /// <summary>The account for which the authorization endpoint approves without a page; null shows the page.</summary>
    public string? AutoApproveAs { get; set; }
}

/// <summary>What happens to the existing tokens at a refresh.</summary>
internal enum RefreshRotation
{
    /// <summary>The refresh token stays valid; the answer contains none.</summary>
    Kept,

    /// <summary>The answer contains a new refresh token, and the old one is spent at once; older access tokens stay valid.</summary>
    Rotating,

    /// <summary>As <see cref="Rotating"/>; older access tokens are revoked too (Bipsync).</summary>
    RotatingWithAccess,
}
