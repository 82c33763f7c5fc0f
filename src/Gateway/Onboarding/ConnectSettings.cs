using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Onboarding;

/// <summary>The section <c>Connect</c>, as it is in force at the moment of each request.</summary>
/// <param name="configuration">Validated when it was loaded.</param>
/// <param name="listenerAddress">Address of the Connect listener; called after the start.</param>
public sealed class ConnectSettings(IConfiguration configuration, Func<Uri> listenerAddress)
{
    private const string DefaultName = "The gateway";

    /// <summary>Who asks for access, on pages.</summary>
    public string Name => configuration["Connect:Name"] is { Length: > 0 } name ? name : DefaultName;

    /// <summary>The logo's file; null for none.</summary>
    public string? Logo => configuration["Connect:Logo"] is { Length: > 0 } file ? file : null;

    /// <summary>Paths of the public address below which a link may lead back.</summary>
    public IEnumerable<string> ReturnPaths =>
        configuration.GetSection("Connect:ReturnPaths").GetChildren().Select(static path => path.Value ?? "");

    /// <summary>The path of the public address without a slash at the end: the start of every address on a page.</summary>
    public string BasePath => TryGetPublicUrl(out var url) ? url.AbsolutePath.TrimEnd('/') : "";

    /// <summary>True when browsers connect over TLS, to the gateway or to a proxy in front.</summary>
    public bool IsHttps => TryGetPublicUrl(out var url) && url.Scheme == Uri.UriSchemeHttps;

    /// <summary>
    /// The address that browsers use: <c>Connect:PublicUrl</c>, or the listener's own address if that is on loopback. Never taken from a
    /// request.
    /// </summary>
    public bool TryGetPublicUrl([NotNullWhen(true)] out Uri? url)
    {
        var configured = configuration["Connect:PublicUrl"];
        url = string.IsNullOrEmpty(configured) ? listenerAddress() : new Uri(configured);
        return !string.IsNullOrEmpty(configured) || url.IsLoopback;
    }

    /// <summary>
    /// The redirect address of a provider, one for each (RFC 9700 section 4.4.2.2): byte for byte what is registered there.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no public address.</exception>
    public string CallbackOf(string provider) => Absolute($"/callback/{provider}");

    /// <exception cref="InvalidOperationException">There is no public address.</exception>
    public string Absolute(string path) => TryGetPublicUrl(out var url)
        ? $"{url.AbsoluteUri.TrimEnd('/')}{path}"
        : throw new InvalidOperationException("Connect:PublicUrl is not configured.");
}

/// <summary>What a provider's configuration means for the consent of an owner.</summary>
internal static class ProviderConsentExtensions
{
    /// <summary>True when an owner can authorise a connection in a browser.</summary>
    public static bool IsConnectable(this Provider provider) =>
        provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client
            ? client.AuthorizationEndpoint is not null || client.Discovery is not null
            : provider.Onboarding.Key is not null;

    /// <summary>The name on pages.</summary>
    public static string Title(this Provider provider) => provider.Onboarding.DisplayName ?? provider.Name;

    /// <summary>The pattern of a field that a link or an owner may set; null when there is no such field.</summary>
    public static Regex? FieldPattern(this Provider provider, string name) =>
        provider.Fields.GetValueOrDefault(name) ?? provider.Onboarding.Keep.GetValueOrDefault(name);
}
