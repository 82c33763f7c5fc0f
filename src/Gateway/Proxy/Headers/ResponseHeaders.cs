using System.Net.Http.Headers;

using Gateway.Model;

namespace Gateway.Proxy.Headers;

/// <summary>What must not pass from a third party's answer to the caller, in headers and trailers alike.</summary>
internal static class ResponseHeaders
{
    private const int MaxLayers = 2;

    /// <summary>Cookies would share one caller's session with all others; <c>Gateway-*</c> is reserved for the gateway.</summary>
    public static bool IsForbidden(string name) =>
        name.StartsWith("Set-Cookie", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("Gateway-", StringComparison.OrdinalIgnoreCase);

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

    /// <summary>As it is, or escaped once or twice: a redirect may carry the third party's own address as a parameter.</summary>
    public static bool HoldsSecret(string value, Credential credential)
    {
        for (var layer = 0; ; layer++)
        {
            foreach (var secret in credential.SecretValues)
            {
                if (secret.Length > 0 && value.Contains(secret, StringComparison.Ordinal))
                {
                    return true;
                }
            }

            if (layer == MaxLayers || !value.Contains('%', StringComparison.Ordinal))
            {
                return false;
            }

            value = Uri.UnescapeDataString(value);
        }
    }

    /// <summary>Removes the fields that the answer's <c>Connection</c> names from what YARP copied.</summary>
    public static void RemoveNominated(HttpResponseHeaders answer, IHeaderDictionary copied)
    {
        if (!answer.NonValidated.TryGetValues("Connection", out var connection))
        {
            return;
        }

        foreach (var line in connection)
        {
            foreach (var option in line.AsSpan().Split(','))
            {
                if (ConnectionOption.FieldIn(line.AsSpan()[option]) is { } name)
                {
                    copied.Remove(name);
                }
            }
        }
    }
}
