using System.Diagnostics.CodeAnalysis;

namespace Gateway.Onboarding;

/// <summary>The section <c>Connect</c>, as it is in force at the moment of each request.</summary>
/// <param name="configuration">Checked when it was loaded.</param>
/// <param name="ownAddress">Where the Connect listener is; asked after the start.</param>
public sealed class ConnectSettings(IConfiguration configuration, Func<Uri> ownAddress)
{
    private const string DefaultName = "The gateway";

    /// <summary>Who asks, on pages.</summary>
    public string Name => configuration["Connect:Name"] is { Length: > 0 } name ? name : DefaultName;

    /// <summary>The logo's file; null for none.</summary>
    public string? Logo => configuration["Connect:Logo"] is { Length: > 0 } file ? file : null;

    /// <summary>Below which paths of the public address a link may lead back.</summary>
    public IEnumerable<string> ReturnPaths => configuration.GetSection("Connect:ReturnPaths").GetChildren().Select(static path => path.Value ?? "");

    /// <summary>The path of the public address, without a slash at the end: what every address on a page begins with.</summary>
    public string BasePath => TryGetPublicUrl(out var url) ? url.AbsolutePath.TrimEnd('/') : "";

    /// <summary>True when browsers come over TLS, here or in front of here.</summary>
    public bool IsHttps => TryGetPublicUrl(out var url) && url.Scheme == Uri.UriSchemeHttps;

    /// <summary>How browsers reach the listener: as configured, else the listener itself, on loopback. Never what a request says of its host.</summary>
    public bool TryGetPublicUrl([NotNullWhen(true)] out Uri? url)
    {
        url = configuration["Connect:PublicUrl"] is { Length: > 0 } configured ? new Uri(configured) : ownAddress();
        return configuration["Connect:PublicUrl"] is { Length: > 0 } || url.IsLoopback;
    }

    /// <summary>The one redirect address of a provider (RFC 9700 section 4.4.2.2): byte for byte what is registered there.</summary>
    /// <exception cref="InvalidOperationException">There is no public address.</exception>
    public string CallbackOf(string provider) => Absolute($"/callback/{provider}");

    /// <exception cref="InvalidOperationException">There is no public address.</exception>
    public string Absolute(string path) => TryGetPublicUrl(out var url)
        ? $"{url.AbsoluteUri.TrimEnd('/')}{path}"
        : throw new InvalidOperationException("Connect:PublicUrl is not configured.");
}
