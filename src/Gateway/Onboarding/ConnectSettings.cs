using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Onboarding;

/// <summary>The section <c>Connect</c>, validated when it was loaded, as it is in force at the moment of each request.</summary>
/// <param name="configuration">The whole configuration.</param>
/// <param name="listenerAddress">Address of the Connect listener; called after the start.</param>
public sealed class ConnectSettings(IConfiguration configuration, Func<Uri> listenerAddress)
{
    /// <summary>Who asks for access, on pages.</summary>
    public string Name => Read("Name") ?? "The gateway";

    /// <summary>The logo's file; null for none.</summary>
    public string? Logo => Read("Logo");

    /// <summary>Paths of the public address below which a link may lead back.</summary>
    public IEnumerable<string> ReturnPaths =>
        configuration.GetSection("Connect:ReturnPaths").GetChildren().Select(static path => path.Value ?? "");

    /// <summary>
    /// The address that browsers use: <c>Connect:PublicUrl</c>, or the listener's own address if that is on loopback; null when there is
    /// neither. Never taken from a request.
    /// </summary>
    public Uri? PublicUrl =>
        Read("PublicUrl") is { } configured ? new Uri(configured) : listenerAddress() is { IsLoopback: true } own ? own : null;

    /// <summary>The path of the public address without a slash at the end: the start of every address on a page.</summary>
    public string BasePath => PublicUrl?.AbsolutePath.TrimEnd('/') ?? "";

    /// <summary>True when browsers connect over TLS, to the gateway or to a proxy in front.</summary>
    public bool IsHttps => PublicUrl?.Scheme == Uri.UriSchemeHttps;

    /// <exception cref="InvalidOperationException">There is no public address.</exception>
    public string Absolute(string path) =>
        (PublicUrl ?? throw new InvalidOperationException("Connect:PublicUrl is not configured.")).AbsoluteUri.TrimEnd('/') + path;

    private string? Read(string key) => configuration[$"Connect:{key}"] is { Length: > 0 } value ? value : null;
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
