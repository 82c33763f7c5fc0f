namespace Gateway.Model;

/// <summary>Where a request's credential came from.</summary>
public enum CredentialSource
{
    /// <summary>The in-process snapshot.</summary>
    Memory,

    /// <summary>A read of the store.</summary>
    Store,

    /// <summary>A refresh that the request waited for, its own or somebody else's.</summary>
    Refresh,

    /// <summary>Nowhere: the request was refused.</summary>
    Failed,
}
