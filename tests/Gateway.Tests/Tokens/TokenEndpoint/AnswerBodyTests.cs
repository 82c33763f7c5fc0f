using System.Text;

using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class AnswerBodyTests
{
    private const string Json = """{"name":"café"}""";

    [Theory]
    [InlineData(Json, null, false)]
    [InlineData(Json, "utf-8", true)]
    [InlineData(Json, "us-ascii", false)]
    [InlineData(Json, "utf-16", false)]
    [InlineData(Json, "windows-1252", false)]
    [InlineData(Json, "no-such-thing", true)]
    [InlineData("", null, false)]
    [InlineData("", null, true)]
    [InlineData("{", "utf-16", false)]
    public async Task ReadAsync_AnyCharset_IsUtf8WithoutByteOrderMark(string text, string? charset, bool marked)
    {
        using var content = new ByteArrayContent([.. marked ? Encoding.UTF8.GetPreamble() : [], .. Encoding.UTF8.GetBytes(text)]);
        content.Headers.TryAddWithoutValidation(
            "Content-Type", charset is null ? "application/json" : $"application/json; charset={charset}");

        var body = await AnswerBody.ReadAsync(content, TestContext.Current.CancellationToken);

        Assert.Equal((text, null), (Encoding.UTF8.GetString(body.Text.Span), body.Cut));
    }
}
