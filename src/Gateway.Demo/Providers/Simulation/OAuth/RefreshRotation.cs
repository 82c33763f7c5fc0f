namespace Gateway.Demo.Providers;

/// <summary>What a refresh does to the tokens that were there before.</summary>
internal enum RefreshRotation
{
    /// <summary>The refresh token stays; the answer holds none.</summary>
    Kept,

    /// <summary>A new refresh token comes back and the old one is spent at once; older access tokens live on.</summary>
    Rotating,

    /// <summary>As <see cref="Rotating"/>, and the older access tokens are revoked as well (Bipsync).</summary>
    RotatingWithAccess,
}
