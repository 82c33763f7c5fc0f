using System.Net.Http.Headers;

using Gateway.Model;

namespace Gateway.Proxy.Headers;

/// <summary>What may not come back from a third party, in headers and trailers alike.</summary>
internal static class ResponseRules
{
    private const int MaxLayers = 2;

    /// <summary>Cookies would tie one caller's session to another's; <c>Gateway-…</c> is the gateway's own word.</summary>
    public static bool IsForbidden(string name) =>
        name.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Gateway-", StringComparison.OrdinalIgnoreCase);

    public static bool MayHoldAddress(string name) => name.Length switch
    {
        4 => name.Equals("Link", StringComparison.OrdinalIgnoreCase),
        7 => name.Equals("Refresh", StringComparison.OrdinalIgnoreCase),
        8 => name.Equals("Location", StringComparison.OrdinalIgnoreCase),
        16 => name.Equals("Content-Location", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    public static bool HoldsSecret(HeaderStringValues values, Credential credential)
    {
        foreach (var value in values)
        {
            if (HoldsSecret(value, credential))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>As it is, or escaped once or twice: a third party that redirects often carries its own address along as a parameter.</summary>
    public static bool HoldsSecret(string value, Credential credential)
    {
        for (var layer = 0; ; layer++)
        {
            if (Contains(value, credential))
            {
                return true;
            }

            if (layer == MaxLayers || !value.Contains('%', StringComparison.Ordinal))
            {
                return false;
            }

            value = Uri.UnescapeDataString(value);
        }
    }

    private static bool Contains(string value, Credential credential)
    {
        foreach (var secret in credential.SecretValues)
        {
            if (secret.Length > 0 && value.Contains(secret, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
