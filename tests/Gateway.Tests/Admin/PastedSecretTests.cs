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
    public void Characters_pasted_around_a_key_are_removed(string pasted) =>
        Assert.Equal("token-1", PastedSecret.Clean(new Secret(pasted)).Reveal());

    [Theory]
    [InlineData("Bearertoken")]
    [InlineData("a\"b")]
    [InlineData("token\"")]
    [InlineData("a Bearer b")]
    [InlineData("")]
    public void Characters_of_a_key_are_kept(string pasted) => Assert.Equal(pasted, PastedSecret.Clean(new Secret(pasted)).Reveal());
}
