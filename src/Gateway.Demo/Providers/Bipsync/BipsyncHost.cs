namespace Gateway.Demo.Providers;

/// <summary>What the <c>Host</c> header says: every client has an API host <c>{client}-api.…</c> and a web host <c>{client}.…</c>.</summary>
/// <param name="Client">The client in the name.</param>
/// <param name="IsApi">API host or web host.</param>
internal sealed record BipsyncHost(string Client, bool IsApi)
{
    /// <summary>Stands for bipsync.com; names below <c>.localhost</c> lead to loopback (RFC 6761 section 6.3).</summary>
    public const string Domain = "bipsync.localhost";

    private const string ApiMark = "-api";

    public string Name => $"{Client}{(IsApi ? ApiMark : "")}.{Domain}";

    /// <summary>Null when the host is not one of Bipsync's.</summary>
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
