using System.IO.Compression;
using System.Text;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>The body of a token answer, as far as it arrived: a refresh token in the part that arrived is kept.</summary>
/// <param name="Text">In UTF-8.</param>
/// <param name="Cut">Why the rest is missing; null when the body is complete.</param>
internal sealed record AnswerBody(ReadOnlyMemory<byte> Text, TokenFailure? Cut)
{
    // Real answers stay below 20 KB even with an identity token.
    private const int MaxBytes = 256 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static async Task<AnswerBody> ReadAsync(HttpContent content, CancellationToken deadline)
    {
        using var body = new MemoryStream();
        var cut = await ReadAsync(content, body, deadline);
        return new(ToUtf8(body.GetBuffer().AsMemory(0, (int)body.Length), content.Headers.ContentType?.CharSet), cut);
    }

    /// <summary>Converts JSON, complete or its beginning, to UTF-8 without a byte order mark.</summary>
    /// <param name="body">In any encoding of JSON.</param>
    /// <param name="charset">From the header; null when it names none.</param>
    public static ReadOnlyMemory<byte> ToUtf8(ReadOnlyMemory<byte> body, string? charset)
    {
        var text = EncodingOf(body.Span, charset) is { } other ? Encoding.Convert(other, Encoding.UTF8, body.ToArray()) : body;
        return text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text;
    }

    // The zero bytes of the first character tell UTF-16 more reliably than a label (RFC 4627 section 3). A body with an unknown or wrong label is
    // mostly UTF-8; the JSON reader refuses what is not.
    private static Encoding? EncodingOf(ReadOnlySpan<byte> body, string? charset) => body switch
    {
        [0xFE, 0xFF, ..] or [0, not 0, ..] => Encoding.BigEndianUnicode,
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => Encoding.Unicode,
        _ when Encoding.Latin1.WebName.Equals(charset?.Trim('"'), StringComparison.OrdinalIgnoreCase) => Encoding.Latin1,
        _ => null,
    };

    private static async Task<TokenFailure?> ReadAsync(HttpContent content, MemoryStream body, CancellationToken deadline)
    {
        try
        {
            await using var stream = Unzip(await content.ReadAsStreamAsync(deadline), content.Headers.ContentEncoding);
            var chunk = new byte[4096];
            while (await stream.ReadAsync(chunk, deadline) is > 0 and var read)
            {
                body.Write(chunk, 0, read);
                if (body.Length >= MaxBytes)
                {
                    // The rest is not read: disposing the response closes the connection.
                    return TokenFailureTable.Oversized;
                }
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return TokenFailureTable.Timeout;
        }
        catch (InvalidDataException)
        {
            return TokenFailureTable.Malformed;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return TokenFailureTable.Broken;
        }
    }

    // A server may compress although the request did not ask for it (RFC 9110 section 12.5.3).
    private static Stream Unzip(Stream stream, ICollection<string> codings) =>
        codings.Any(static coding => coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            ? new GZipStream(stream, CompressionMode.Decompress)
            : stream;
}
