namespace Gateway.Demo.Providers;

/// <summary>Parses an HTTP/1.1 request head.</summary>
internal static class RequestHead
{
    public static bool IsChunked(string head) =>
        Values(head, "Transfer-Encoding").Any(value => value.EndsWith("chunked", StringComparison.OrdinalIgnoreCase));

    public static long ContentLength(string head) =>
        long.TryParse(Values(head, "Content-Length").FirstOrDefault(), out var length) ? length : 0;

    /// <summary>Method, target and version of the request line. The target is the text between the first and the last space.</summary>
    public static (string Method, string Target, string Protocol) RequestLine(string head)
    {
        var line = head.Split("\r\n", 2)[0];
        var (first, last) = (line.IndexOf(' ', StringComparison.Ordinal), line.LastIndexOf(' '));
        return (line[..first], line[(first + 1)..last], line[(last + 1)..]);
    }

    public static IEnumerable<KeyValuePair<string, string>> Headers(string head)
    {
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            yield return new(line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
        }
    }

    private static IEnumerable<string> Values(string head, string name) =>
        Headers(head).Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value);
}
