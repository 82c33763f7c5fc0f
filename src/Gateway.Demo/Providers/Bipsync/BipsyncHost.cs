namespace Gateway.Demo.Providers;

/// <summary>A host of Bipsync. Each client has an API host <c>{client}-api.…</c> and a web host <c>{client}.…</c>.</summary>
/// <param name="Client">The client in the host name.</param>
/// <param name="IsApi">True for the API host, false for the web host.</param>
internal sealed record BipsyncHost(string Client, bool IsApi)
{
    /// <summary>Replaces bipsync.com; names below <c>.localhost</c> resolve to loopback (RFC 6761 section 6.3).</summary>
    public const string Domain = "bipsync.localhost";

    private const string ApiMark = "-api";

    public string Name => $"{Client}{(IsApi ? ApiMark : "")}.{Domain}";

    /// <summary>Reads the <c>Host</c> header; null if it is not a host of Bipsync.</summary>
    public static BipsyncHost? Read(HttpRequest request)
    {
        var name = request.Host.Host;
        if (!name.EndsWith("." + Domain, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var label = name[..^(Domain.Length + 1)].ToLowerInvariant();
        return label.EndsWith(ApiMark, StringComparison.Ordinal) ? new(label[..^ApiMark.Length], IsApi: true) : new(label, IsApi: false);
    }
}
