namespace Gateway.Demo.Providers;

/// <summary>One installation of the application in an account.</summary>
/// <param name="AccountId">Stays the same when the application is installed again.</param>
/// <param name="ApiKey">New with every installation.</param>
/// <param name="Permissions">Belong to the key; a change needs a new installation.</param>
/// <param name="CreatedAt">When it was installed.</param>
internal sealed record BookeoInstallation(string AccountId, string ApiKey, IReadOnlySet<string> Permissions, DateTimeOffset CreatedAt)
{
    /// <summary>Whether the key may read (or write) a module, whatever the reach of the permission.</summary>
    public bool Allows(string module, bool writes) => Permissions.Any(permission =>
        permission.StartsWith(module + "_", StringComparison.Ordinal) && (!writes || permission.Contains("_rw", StringComparison.Ordinal)));
}
