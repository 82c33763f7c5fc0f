namespace Gateway.Demo.Providers;

/// <summary>An installation of the application in an account.</summary>
/// <param name="AccountId">The same for each installation in the account.</param>
/// <param name="ApiKey">New for each installation.</param>
/// <param name="Permissions">Permissions of the key; a change requires a new installation.</param>
/// <param name="CreatedAt">Time of the installation.</param>
internal sealed record BookeoInstallation(string AccountId, string ApiKey, IReadOnlySet<string> Permissions, DateTimeOffset CreatedAt)
{
    /// <summary>Whether the key may read or write a module, with any reach (<c>own</c> or <c>all</c>).</summary>
    public bool Allows(string module, bool writes) => Permissions.Any(permission =>
        permission.StartsWith(module + "_", StringComparison.Ordinal) && (!writes || permission.Contains("_rw", StringComparison.Ordinal)));
}
