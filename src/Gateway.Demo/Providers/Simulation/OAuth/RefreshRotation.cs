namespace Gateway.Demo.Providers;

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
