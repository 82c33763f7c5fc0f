using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>
/// Extracts the request heads from the bytes of one HTTP/1.1 connection and skips the bodies by their framing (RFC 9112 section 6).
/// The connection's only reader feeds it, while requests take the heads in order; the queue is safe for both.
/// </summary>
internal sealed class RequestHeadScanner
{
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly StringBuilder _text = new();
    private Part _part = Part.Head;
    private long _skip;

    private enum Part
    {
        Head,
        Body,
        ChunkSize,
        ChunkData,
        Trailers,
    }

    /// <summary>Removes and returns the oldest head, without the final empty line, in Latin-1; null if there is none.</summary>
    public string? Take() => _heads.TryDequeue(out var head) ? head : null;

    public void Feed(ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            Feed(segment.Span);
        }
    }

    private void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = _part is Part.Body or Part.ChunkData ? Skip(bytes) : Collect(bytes);
        }
    }

    private ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> bytes)
    {
        var skipped = (int)Math.Min(_skip, bytes.Length);
        _skip -= skipped;
        if (_skip == 0)
        {
            _part = _part == Part.Body ? Part.Head : Part.ChunkSize;
        }

        return bytes[skipped..];
    }

    private ReadOnlySpan<byte> Collect(ReadOnlySpan<byte> bytes)
    {
        _text.Append((char)bytes[0]);
        if (bytes[0] == (byte)'\n')
        {
            EndLine();
        }

        return bytes[1..];
    }

    private void EndLine()
    {
        switch (_part)
        {
            case Part.Head when EndsWithEmptyLine():
                EndHead();
                break;
            case Part.ChunkSize:
                EndChunkSize();
                break;
            case Part.Trailers:
                _part = _text.Length == 2 ? Part.Head : Part.Trailers;
                _text.Clear();
                break;
        }
    }

    private bool EndsWithEmptyLine()
    {
        var length = _text.Length;
        if (length == 2)
        {
            _text.Clear(); // RFC 9112 section 2.2: ignore an empty line before the request line
            return false;
        }

        return length >= 4 && _text[length - 2] == '\r' && _text[length - 3] == '\n' && _text[length - 4] == '\r';
    }

    private void EndHead()
    {
        var head = _text.ToString(0, _text.Length - 4);
        _text.Clear();
        _heads.Enqueue(head);
        if (RequestHead.IsChunked(head))
        {
            _part = Part.ChunkSize;
            return;
        }

        _skip = RequestHead.ContentLength(head);
        _part = _skip > 0 ? Part.Body : Part.Head;
    }

    private void EndChunkSize()
    {
        var digits = _text.ToString().Split(';', 2)[0].Trim();
        _text.Clear();
        _ = long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size);
        _skip = size + 2; // the line end after the data
        _part = size == 0 ? Part.Trailers : Part.ChunkData;
    }
}

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
