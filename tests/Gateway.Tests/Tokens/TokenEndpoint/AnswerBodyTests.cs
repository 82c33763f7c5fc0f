using System.IO.Compression;
using System.Text;

using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class AnswerBodyTests
{
    private const string Json = """{"name":"café"}""";

    public static TheoryData<string, string?, bool> Encodings => new()
    {
        { "utf-8", null, false },
        { "utf-8", "utf-8", true },
        { "utf-8", null, true },
        { "utf-8", "us-ascii", false },
        { "utf-8", "utf-16", false },
        { "utf-8", "windows-1252", false },
        { "utf-8", "no-such-thing", true },
        { "utf-16", "utf-16", false },
        { "utf-16", "utf-16", true },
        { "utf-16", null, true },
        { "utf-16BE", "utf-16", true },
        { "utf-16BE", "utf-16be", false },
        { "utf-16BE", null, false },
        { "iso-8859-1", "ISO-8859-1", false },
        { "iso-8859-1", "\"iso-8859-1\"", false },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public void ToUtf8_WhateverItIsCalled_IsTheSameText(string encoding, string? charset, bool marked)
    {
        var actual = Encoding.GetEncoding(encoding);
        byte[] body = [.. marked ? actual.GetPreamble() : [], .. actual.GetBytes(Json)];

        Assert.Equal(Json, Encoding.UTF8.GetString(AnswerBody.ToUtf8(body, charset).Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    public void ToUtf8_NextToNothing_StaysThat(string text) =>
        Assert.Equal(text, Encoding.UTF8.GetString(AnswerBody.ToUtf8(Encoding.UTF8.GetBytes(text), "utf-16").Span));

    [Theory]
    [InlineData("gzip")]
    [InlineData("x-GZIP")]
    public async Task ReadAsync_Zipped_IsUnzipped(string coding)
    {
        using var zipped = new MemoryStream();
        await using (var zip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write("text"u8);
        }

        using var content = new ByteArrayContent(zipped.ToArray());
        content.Headers.ContentEncoding.Add(coding);

        var body = await AnswerBody.ReadAsync(content, TestContext.Current.CancellationToken);

        Assert.Equal(("text", null), (Encoding.UTF8.GetString(body.Text.Span), body.Cut));
    }
}
