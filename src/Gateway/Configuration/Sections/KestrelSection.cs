using System.Net;

using Gateway.Configuration.Listeners;
using Gateway.Configuration.Reading;

using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Kestrel</c>, and that an address beyond loopback comes with an <c>Admin:Key</c>.</summary>
internal static class KestrelSection
{
    private const string UrlRule = "is not an address to listen on like http://127.0.0.1:8080";

    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        var kestrel = new SectionReader(root.GetSection("Kestrel"), errors);
        _ = kestrel.GetMap("Certificates");
        _ = kestrel.GetMap("EndpointDefaults");
        foreach (var endpoint in kestrel.GetMap("Endpoints"))
        {
            if (ListenerExtensions.FindListener(endpoint.Key) is null)
            {
                errors.AddUnknownKey(endpoint, Enum.GetNames<GatewayListener>());
            }
            else
            {
                CheckEndpoint(new SectionReader(endpoint, errors), hasKey: !string.IsNullOrEmpty(root["Admin:Key"]));
            }
        }

        kestrel.RefuseUnknownKeys();
    }

    private static void CheckEndpoint(SectionReader endpoint, bool hasKey)
    {
        _ = endpoint.GetEnum<HttpProtocols>("Protocols");
        _ = endpoint.GetList("SslProtocols");
        _ = endpoint.GetMap("Certificate");
        _ = endpoint.GetEnum<ClientCertificateMode>("ClientCertificateMode");
        _ = endpoint.GetMap("Sni");
        var url = endpoint.GetRequiredText("Url");
        if (url.Length > 0 && FindUrlError(url, hasKey) is { } rule)
        {
            endpoint.Refuse("Url", url, rule);
        }

        endpoint.RefuseUnknownKeys();
    }

    private static string? FindUrlError(string url, bool hasKey)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            var isValid = address.Scheme is "http" or "https" && address.PathBase.Length == 0
                && (address.IsUnixPipe || address.IsNamedPipe || address.Port <= IPEndPoint.MaxPort);
            return !isValid ? UrlRule : hasKey || IsLoopback(address) ? null : "is open to other machines, which takes an Admin:Key";
        }
        catch (FormatException)
        {
            return UrlRule;
        }
    }

    // Kestrel binds any other host name to all interfaces.
    private static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe
        || address.IsNamedPipe
        || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
