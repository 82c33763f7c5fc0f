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

/// <summary>
/// The fields that a message's <c>Connection</c> names: they end at this hop, headers and trailers alike (RFC 9110 section 7.6.1).
/// The framing stays ours, whatever is named.
/// </summary>
internal static class NominatedNames
{
    /// <summary>Takes options off a line of <c>Connection</c> until one names a field.</summary>
    /// <param name="options">What is left of the line.</param>
    /// <param name="name">The field's name; empty when the line is used up.</param>
    /// <returns>False when the line is used up.</returns>
    public static bool TryTake(ref ReadOnlySpan<char> options, out string name)
    {
        while (!options.IsEmpty)
        {
            var comma = options.IndexOf(',');
            var option = (comma < 0 ? options : options[..comma]).Trim();
            options = comma < 0 ? [] : options[(comma + 1)..];
            if (!option.IsEmpty && !Is(option, "keep-alive") && !Is(option, "close") && !Is(option, "Content-Length"))
            {
                name = option.ToString();
                return true;
            }
        }

        name = "";
        return false;
    }

    /// <summary>Takes the fields that an answer names out of what was copied of it.</summary>
    public static void Remove(HttpResponseHeaders answer, IHeaderDictionary copied)
    {
        if (!answer.NonValidated.TryGetValues("Connection", out var connection))
        {
            return;
        }

        foreach (var value in connection)
        {
            for (var options = value.AsSpan(); TryTake(ref options, out var name);)
            {
                copied.Remove(name);
            }
        }
    }

    private static bool Is(ReadOnlySpan<char> option, string word) => option.Equals(word, StringComparison.OrdinalIgnoreCase);
}
