using System.Net;
using System.Security.Cryptography;

using Gateway.Configuration.Listeners;
using Gateway.Configuration.Reading;
using Gateway.Onboarding;
using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Gateway.Configuration;

/// <summary>
/// The rules of all sections but <c>Providers</c> and <c>ReverseProxy</c>. The parts of the gateway that read these sections rely on them.
/// </summary>
internal static class SectionValidator
{
    private const string AddressRule = "is not an address to listen on like http://127.0.0.1:8080";
    private const int MaxLogoLength = 256 * 1024;
    private const int MaxNameLength = 60;

    /// <summary>32 random bytes have about thirty distinct ones; fewer than this is a word or a pattern.</summary>
    private const int MinDistinctKeyBytes = 16;

    private static readonly string[] LogoTypes = [".png", ".jpg", ".jpeg", ".svg", ".webp"];

    public static void Check(IConfiguration root, ConfigurationErrors errors)
    {
        CheckKestrel(root, errors);
        CheckAdmin(new SectionReader(root.GetSection("Admin"), errors));
        CheckStore(new SectionReader(root.GetSection("Store"), errors));
        CheckConnect(new SectionReader(root.GetSection("Connect"), errors));
        CheckSecrets(new SectionReader(root.GetSection("Secrets"), errors));
        CheckProxy(new SectionReader(root.GetSection("Proxy"), errors));
        CheckProxy(new SectionReader(root.GetSection("Forwarding"), errors));
        CheckLogging(root.GetSection("Logging"), errors);
    }

    // An address beyond loopback takes an Admin:Key, whatever the listener.
    private static void CheckKestrel(IConfiguration root, ConfigurationErrors errors)
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
        if (url.Length > 0 && FindAddressError(url, hasKey) is { } rule)
        {
            endpoint.Refuse("Url", url, rule);
        }

        endpoint.RefuseUnknownKeys();
    }

    private static string? FindAddressError(string url, bool hasKey)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            var isValid = address.Scheme is "http" or "https" && address.PathBase.Length == 0
                && (address.IsUnixPipe || address.IsNamedPipe || address.Port <= IPEndPoint.MaxPort);
            return !isValid ? AddressRule : hasKey || IsLoopback(address) ? null : "is open to other machines, which takes an Admin:Key";
        }
        catch (FormatException)
        {
            return AddressRule;
        }
    }

    // Kestrel binds any other host name to all interfaces.
    private static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe
        || address.IsNamedPipe
        || string.Equals(address.Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static void CheckAdmin(SectionReader admin)
    {
        if (admin.GetText("Key") is { } key && key.Any(static c => c is <= ' ' or > '~'))
        {
            admin.Refuse("Key", key, "is not printable ASCII without spaces, so no header can carry it");
        }

        admin.RefuseUnknownKeys();
    }

    private static void CheckStore(SectionReader store)
    {
        if (store.GetText("Redis") is { } redis && !RedisConfiguration.IsValid(redis))
        {
            store.Refuse("Redis", redis, "is not a StackExchange.Redis configuration like host:6379,password=…");
        }

        if (store.IsEmpty("Path") || (store.GetText("Path") is { } path && string.IsNullOrWhiteSpace(path)))
        {
            store.Refuse("Path", "missing");
        }

        if (store.GetText("CaFile") is { } file && FindCertificateError(file) is { } rule)
        {
            store.Refuse("CaFile", file, rule);
        }

        _ = store.GetList("EncryptionKeys", IsEncryptionKey, "is not 32 random bytes in Base64 (openssl rand -base64 32)");
        store.RefuseUnknownKeys();
    }

    private static string? FindCertificateError(string file)
    {
        if (!File.Exists(file))
        {
            return "is not a file";
        }

        try
        {
            return RedisConfiguration.ReadAuthorities(file).Count > 0 ? null : "has no certificate in PEM format";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return "is not a readable file of certificates in PEM format";
        }
    }

    private static bool IsEncryptionKey(string text)
    {
        var isRandom = EncryptionKeyRing.TryParse(text, out var key) && key.Distinct().Count() >= MinDistinctKeyBytes;
        CryptographicOperations.ZeroMemory(key);
        return isRandom;
    }

    private static void CheckConnect(SectionReader connect)
    {
        _ = connect.GetUri("PublicUrl");
        if (connect.GetText("Name") is { } name
            && (name.Length > MaxNameLength || name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name)))
        {
            connect.Refuse("Name", name, $"is not a name of 1 to {MaxNameLength} characters on one line");
        }

        if (connect.GetText("Logo") is { } file && FindLogoError(file) is { } rule)
        {
            connect.Refuse("Logo", file, rule);
        }

        _ = connect.GetList(
            "ReturnPaths", IsReturnPath, "is not a path that starts and ends with one '/', of letters, digits, '-', '_' and '.'");
        _ = connect.GetList(
            "TrustedProxies", static proxy => TrustedProxy.TryParse(proxy, out _),
            "is neither an address like 10.0.0.5 nor a network like 10.0.0.0/8, with no bits beyond its prefix and not all addresses");
        connect.RefuseUnknownKeys();
    }

    private static string? FindLogoError(string file)
    {
        if (!LogoTypes.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        {
            return $"is not a file of a type that browsers show: {string.Join(", ", LogoTypes)}";
        }

        var info = new FileInfo(file);
        return !info.Exists ? "is not a file" : info.Length > MaxLogoLength ? $"has more than {MaxLogoLength} bytes" : null;
    }

    private static bool IsReturnPath(string path) =>
        path.StartsWith('/') && path.EndsWith('/') && !path.Contains("//", StringComparison.Ordinal)
        && !path.Split('/').Any(static part => part is "." or "..")
        && path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.');

    private static void CheckSecrets(SectionReader secrets)
    {
        _ = secrets.GetText("Directory");
        secrets.RefuseUnknownKeys();
    }

    private static void CheckProxy(SectionReader proxy)
    {
        if (proxy.GetText("ReplayMemory") is { } memory && (!long.TryParse(memory, out var bytes) || bytes < 0))
        {
            proxy.Refuse("ReplayMemory", memory, "is not a whole number of bytes from 0 on");
        }

        proxy.RefuseUnknownKeys();
    }

    // The framework throws on an unknown level only when the value is already in force.
    private static void CheckLogging(IConfigurationSection logging, ConfigurationErrors errors)
    {
        foreach (var (key, value) in logging.AsEnumerable())
        {
            if (key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase)
                && !string.IsNullOrEmpty(value) && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            {
                errors.Add(key, value, $"is none of {string.Join(", ", Enum.GetNames<LogLevel>())}");
            }
        }
    }
}
