using System.Diagnostics.CodeAnalysis;
using System.Net;

using Gateway.Configuration.Listeners;

using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Configuration.Sections;

/// <summary>Checks <c>Kestrel</c>, and that nothing but loopback is bound without an admin key.</summary>
internal static class ListenerSection
{
    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        var kestrel = new SectionReader(root.GetSection("Kestrel"), errors);
        _ = kestrel.Map("Certificates");
        _ = kestrel.Map("EndpointDefaults");
        foreach (var endpoint in kestrel.Map("Endpoints"))
        {
            if (Enum.GetNames<GatewayListener>().Contains(endpoint.Key, StringComparer.OrdinalIgnoreCase))
            {
                CheckEndpoint(endpoint, string.IsNullOrEmpty(root["Admin:Key"]), errors);
            }
            else
            {
                errors.Add(endpoint.Path, SectionReader.Stranger(endpoint.Key, Enum.GetNames<GatewayListener>()));
            }
        }

        kestrel.RefuseUnknownKeys();
    }

    private static void CheckEndpoint(IConfigurationSection section, bool noKey, ConfigurationErrors errors)
    {
        var endpoint = new SectionReader(section, errors);
        _ = endpoint.Choice<HttpProtocols>("Protocols");
        _ = endpoint.List("SslProtocols");
        _ = endpoint.Map("Certificate");
        _ = endpoint.Choice<ClientCertificateMode>("ClientCertificateMode");
        _ = endpoint.Map("Sni");
        CheckUrl(endpoint, noKey);
        endpoint.RefuseUnknownKeys();
    }

    private static void CheckUrl(SectionReader endpoint, bool noKey)
    {
        var url = endpoint.Required("Url");
        if (url.Length == 0)
        {
            return;
        }

        if (!TryParse(url, out var address))
        {
            endpoint.Errors.Add(endpoint.KeyOf("Url"), url, "is not an address to listen on like http://127.0.0.1:8080");
        }
        else if (noKey && !IsLoopback(address))
        {
            endpoint.Errors.Add(endpoint.KeyOf("Url"), url, "is open to other machines, which takes an Admin:Key");
        }
    }

    private static bool TryParse(string url, [NotNullWhen(true)] out BindingAddress? address)
    {
        address = null;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return false;
        }

        return address.Scheme is "http" or "https" && address.PathBase.Length == 0 && (address.IsUnixPipe || address.IsNamedPipe || address.Port <= IPEndPoint.MaxPort);
    }

    // Kestrel takes any other host name for "all interfaces".
    private static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe
        || address.IsNamedPipe
        || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
