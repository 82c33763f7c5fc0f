using System.Net.Http.Headers;

namespace Gateway.Proxy.Headers;

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
