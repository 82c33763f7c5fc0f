using Gateway.Admin;
using Gateway.Model;

namespace Gateway.Tests.Admin;

public sealed class PastedSecretTests
{
    [Theory]
    [InlineData("token-1")]
    [InlineData(" token-1 ")]
    [InlineData("token-1\r\n")]
    [InlineData("\ttoken-1")]
    [InlineData("Bearer token-1")]
    [InlineData("bearer token-1\n")]
    [InlineData("\"token-1\"")]
    [InlineData("'token-1'")]
    [InlineData("“token-1”")]
    [InlineData("\"Bearer token-1\"")]
    [InlineData("Bearer \"token-1\" ")]
    [InlineData("Bearer   token-1")]
    public void What_people_paste_around_a_key_falls_off(string pasted) =>
        Assert.Equal("token-1", PastedSecret.Clean(new Secret(pasted)).Reveal());

    [Theory]
    [InlineData("Bearertoken")]
    [InlineData("a\"b")]
    [InlineData("token\"")]
    [InlineData("a Bearer b")]
    [InlineData("")]
    public void What_belongs_to_a_key_stays(string pasted) => Assert.Equal(pasted, PastedSecret.Clean(new Secret(pasted)).Reveal());
}
