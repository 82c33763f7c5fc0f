namespace Gateway.Tokens.TokenEndpoint;

/// <summary>What a token endpoint said, as far as it came: a grant in the part that did come is not lost with the rest.</summary>
/// <param name="Text">In UTF-8.</param>
/// <param name="Cut">Why that is not all; null when it is.</param>
internal sealed record AnswerBody(ReadOnlyMemory<byte> Text, TokenFailure? Cut)
{
    // Real answers stay below 20 KB even with an identity token; ten times that is an accident or an attack.
    private const int MaxBytes = 256 * 1024;

    public static async Task<AnswerBody> ReadAsync(HttpContent content, CancellationToken deadline)
    {
        using var body = new MemoryStream();
        var cut = await ReadAsync(content, body, deadline);
        return new(AnswerText.ToUtf8(body.GetBuffer().AsMemory(0, (int)body.Length), content.Headers.ContentType?.CharSet), cut);
    }

    private static async Task<TokenFailure?> ReadAsync(HttpContent content, MemoryStream body, CancellationToken deadline)
    {
        try
        {
            await using var stream = AnswerText.Unzip(await content.ReadAsStreamAsync(deadline), content.Headers.ContentEncoding);
            return await CopyAsync(stream, body, deadline) ? null : TokenFailureTable.Oversized;
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

    // False for an answer that is longer than any. The rest is not read: disposing the response closes the connection.
    private static async Task<bool> CopyAsync(Stream stream, MemoryStream body, CancellationToken deadline)
    {
        var chunk = new byte[4096];
        while (await stream.ReadAsync(chunk, deadline) is > 0 and var read)
        {
            body.Write(chunk, 0, read);
            if (body.Length >= MaxBytes)
            {
                return false;
            }
        }

        return true;
    }
}
