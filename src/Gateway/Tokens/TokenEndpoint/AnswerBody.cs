namespace Gateway.Tokens.TokenEndpoint;

/// <summary>The body of a token answer, as far as it arrived: a refresh token in that part is kept.</summary>
/// <param name="Text">JSON in UTF-8 (RFC 8259 section 8.1), without a byte order mark, whatever charset a label names.</param>
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
        var text = body.GetBuffer().AsMemory(0, (int)body.Length);
        return new(text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text, cut);
    }

    private static async Task<TokenFailure?> ReadAsync(HttpContent content, MemoryStream body, CancellationToken deadline)
    {
        try
        {
            await using var stream = await content.ReadAsStreamAsync(deadline);
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
}
