using System.IO.Compression;
using System.Text;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Makes UTF-8 of a JSON answer that came as something else.</summary>
internal static class AnswerText
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="body">JSON, whole or its beginning.</param>
    /// <param name="charset">What the header calls it; null when it does not say.</param>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> body, string? charset)
    {
        var text = EncodingOf(body.Span, charset) is { } other ? Encoding.Convert(other, Encoding.UTF8, body.ToArray()) : body;
        return text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text;
    }

    /// <summary>Undoes a compression that nobody asked for: without a word from the client any is allowed (RFC 9110 section 12.5.3).</summary>
    public static Stream Unzip(Stream stream, ICollection<string> codings) =>
        codings.Any(static coding => coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;

    // JSON begins with a byte order mark or an ASCII character, so its zero bytes tell UTF-16 more surely than a label does (RFC 4627
    // section 3). What has an unknown or a wrong label is mostly UTF-8 all the same; the JSON reader refuses what is not.
    private static Encoding? EncodingOf(ReadOnlySpan<byte> body, string? charset) => body switch
    {
        [0xFE, 0xFF, ..] or [0, not 0, ..] => Encoding.BigEndianUnicode,
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => Encoding.Unicode,
        _ when Encoding.Latin1.WebName.Equals(charset?.Trim('"'), StringComparison.OrdinalIgnoreCase) => Encoding.Latin1,
        _ => null,
    };
}
