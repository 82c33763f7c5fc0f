namespace Gateway.Store.Records;

/// <summary>A <see cref="Credentials.Refreshing.RefreshIntent"/> as JSON.</summary>
internal sealed record RecordedIntent
{
    public string Attempt { get; init; } = "";

    public string Instance { get; init; } = "";

    /// <summary>The digest of the grant, sealed: without the key it says nothing, not even to somebody who can guess the grant.</summary>
    public byte[] SealedSpent { get; init; } = [];

    public DateTimeOffset Since { get; init; }
}
