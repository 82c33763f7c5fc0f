using System.Text;

using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class TokenAnswerReaderTests
{
    private const double TenYears = 10 * 365 * 86400.0;

    [Theory]
    [InlineData("3600", 3600.0)]
    [InlineData("3599.5", 3599.5)]
    [InlineData("\"3600\"", 3600.0)]
    [InlineData("\" 60.5 \"", 60.5)]
    [InlineData("0", 0.0)]
    [InlineData("\"0\"", 0.0)]
    [InlineData("-1", -1.0)]
    [InlineData("-1e300", -1.0)]
    [InlineData("1e12", TenYears)]
    [InlineData("99999999999999999999999999", TenYears)]
    [InlineData("1e400", TenYears)]
    [InlineData("\"Infinity\"", TenYears)]
    [InlineData("\"NaN\"", null)]
    [InlineData("\"soon\"", null)]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("true", null)]
    [InlineData("{}", null)]
    public void ReadAnswer_ExpiresIn_IsReadOrUnknown(string expiresIn, double? seconds) =>
        Assert.Equal(seconds, Read($$"""{"access_token":"t","expires_in":{{expiresIn}}}""")!.Lifetime?.TotalSeconds);

    [Fact]
    public void ReadAnswer_WithoutExpiresIn_LifetimeIsUnknown() => Assert.Null(Read("""{"access_token":"t"}""")!.Lifetime);

    [Theory]
    [InlineData("""{"access_token":"t"}""")]
    [InlineData("""{"access_token":"t","refresh_token":""}""")]
    [InlineData("""{"access_token":"t","refresh_token":null}""")]
    [InlineData("""{"access_token":"t","refresh_token":" "}""")]
    [InlineData("""{"access_token":"t","refresh_token":"\ud800"}""")]
    public void ReadAnswer_NoRefreshToken_IsEmpty(string body) => Assert.True(Read(body)!.RefreshToken.IsEmpty);

    [Theory]
    [InlineData("", true)]
    [InlineData(""","token_type":"Bearer" """, true)]
    [InlineData(""","token_type":"bEARER" """, true)]
    [InlineData(""","token_type":null """, true)]
    [InlineData(""","token_type":"DPoP" """, false)]
    [InlineData(""","token_type":"" """, false)]
    [InlineData(""","token_type":7 """, false)]
    [InlineData(""","token_type":"\ud800" """, false)]
    public void ReadAnswer_TokenType_OnlyBearerIsUnderstood(string member, bool accepted) =>
        Assert.Equal(accepted, Read($$"""{"access_token":"t"{{member}}}""") is not null);

    [Theory]
    [InlineData("abc.DEF-123_~+/==", true)]
    [InlineData("12|sanctum!like", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a\\r\\nX-Evil: 1", false)]
    [InlineData("a\\u0000", false)]
    [InlineData("a\\u007f", false)]
    [InlineData("tok\u00e9n", false)]
    [InlineData("a\\ud800", false)]
    public void ReadAnswer_AccessTokenCharacters_OnlyWhatIsSafeInAHeader(string token, bool accepted) =>
        Assert.Equal(accepted, Read($$"""{"access_token":"{{token}}"}""") is not null);

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("<html>sign in</html>")]
    [InlineData("access_token=t&token_type=bearer")]
    [InlineData("[]")]
    [InlineData("\"t\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"access_token":"t" """)]
    [InlineData("""{"access_token":"t"} trailing""")]
    [InlineData("""{"access_token":null}""")]
    [InlineData("""{"access_token":42}""")]
    [InlineData("""{"access_token":["t"]}""")]
    [InlineData("""{"error":"invalid_grant"}""")]
    [InlineData("""{"access_token":"t","error":"invalid_grant"}""")]
    [InlineData("""{"access_token":"t","access_token":"u"}""")]
    [InlineData("""{"access_token":"t","expires_in":1,"expires_in":2}""")]
    [InlineData("""{"access_token":"t","\ud800":1}""")]
    public void ReadAnswer_Malformed_IsNoAnswer(string body) => Assert.Null(Read(body));

    [Fact]
    public void ReadAnswer_ErrorNull_IsNoError() => Assert.NotNull(Read("""{"access_token":"t","error":null}"""));

    [Fact]
    public void ReadAnswer_TextsThatAreNotUtf8_AreLeftOut()
    {
        var answer = TokenAnswerReader.ReadAnswer(
            (byte[])[.. "{\""u8, 0xE9, .. "\":\"x\",\"name\":\""u8, 0xE9, .. "\",\"tenant\":\"7\",\"access_token\":\"t\"}"u8]);

        Assert.Equal(["tenant"], answer!.Extras.Keys);
    }

    [Theory]
    [InlineData("\" invoices:read  journal:write\"")]
    [InlineData("[\"invoices:read\",\"journal:write\"]")]
    public void ReadAnswer_Scope_IsSplit(string scope) =>
        Assert.Equal(["invoices:read", "journal:write"], Read($$"""{"access_token":"t","scope":{{scope}}}""")!.Scopes);

    [Theory]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("[\"a\",7]")]
    [InlineData("[\"\\ud800\"]")]
    public void ReadAnswer_MalformedScope_IsAsRequested(string scope) =>
        Assert.Null(Read($$"""{"access_token":"t","scope":{{scope}}}""")!.Scopes);

    [Fact]
    public void ReadAnswer_UnknownMembersAndSixteenKilobyteToken_AreFine()
    {
        var token = new string('x', 16 * 1024);

        Assert.Equal(token, Read($$"""{"tenant_id":"7","nested":{"a":[1]},"access_token":"{{token}}"}""")!.AccessToken.Reveal());
    }

    [Fact]
    public void ReadError_OnlyTheErrorMemberOfAnObject()
    {
        Assert.Equal("invalid_grant", TokenAnswerReader.ReadError("""{"error":"invalid_grant","error_description":"x"}"""u8.ToArray()));
        Assert.Null(TokenAnswerReader.ReadError("""{"error":{"code":"invalid_grant"}}"""u8.ToArray()));
        Assert.Null(TokenAnswerReader.ReadError("invalid_grant"u8.ToArray()));
    }

    private static TokenAnswer? Read(string body) => TokenAnswerReader.ReadAnswer(Encoding.UTF8.GetBytes(body));
}
