using System.Text;

using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class RefreshTokenInAnswerTests
{
    [Theory]
    [InlineData("""{"refresh_token":"r"}""")]
    [InlineData("""{"refresh\u005ftoken":"\u0072"}""")]
    [InlineData("""{"access_token":7,"refresh_token":"r","token_type":"mac"}""")]
    [InlineData("""{"access_token":"a","access_token":"b","refresh_token":"r"}""")]
    [InlineData("""{"error":"invalid_grant","refresh_token":"r"}""")]
    [InlineData("""{"refresh_token":"r","refresh_token":"r"}""")]
    [InlineData("""{"\ud800":"x","refresh_token":"r"}""")]
    [InlineData("""{"nested":{"refresh_token":"other"},"refresh_token":"r"}""")]
    [InlineData("""{"refresh_token":"r"} trailing""")]
    [InlineData("""{"refresh_token":"r","access_tok""")]
    [InlineData("""{"refresh_token":"r" """)]
    public void Find_OneBeyondDoubt_IsIt(string text) => Assert.Equal("r", Find(text));

    [Theory]
    [InlineData("")]
    [InlineData("<html>refresh_token</html>")]
    [InlineData("null")]
    [InlineData("\"refresh_token\"")]
    [InlineData("""["refresh_token","r"]""")]
    [InlineData("""[{"refresh_token":"r"}]""")]
    [InlineData("""{"data":{"refresh_token":"r"}}""")]
    [InlineData("""{"Refresh_Token":"r"}""")]
    [InlineData("""{"refresh_token":null}""")]
    [InlineData("""{"refresh_token":42}""")]
    [InlineData("""{"refresh_token":["r"]}""")]
    [InlineData("""{"refresh_token":""}""")]
    [InlineData("""{"refresh_token":"  "}""")]
    [InlineData("""{"refresh_token":"\ud800"}""")]
    [InlineData("""{"refresh_token":"r","refresh_token":"s"}""")]
    [InlineData("""{"refresh_token":"cut """)]
    [InlineData("""{"refresh_token":""" + " ")]
    public void Find_NoneOrDoubtful_IsEmpty(string text) => Assert.Equal("", Find(text));

    private static string Find(string text) => TokenAnswerReader.FindRefreshToken(Encoding.UTF8.GetBytes(text)).Reveal();
}
