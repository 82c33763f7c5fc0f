using Gateway.Proxy.Routes;

namespace Gateway.Tests.Proxy.Routes;

public sealed class RouteCredentialTests
{
    [Fact]
    public void Parse_ProviderAlone_UsesTheDefaults()
    {
        var errors = new List<string>();

        var credential = RouteCredentialParser.Parse(new Dictionary<string, string> { ["Credential"] = "acme" }, errors);

        Assert.Empty(errors);
        Assert.Equal(new RouteCredential { Provider = "acme" }, credential);
        Assert.Equal(new ConnectionSelector(ConnectionSelector.Way.HeaderOrDefault, "Gateway-Connection"), credential!.Connection);
        Assert.Equal(ReplayPolicy.Always, credential.Replay);
        Assert.Equal(1048576, credential.ReplayBodyLimit);
        Assert.Null(credential.Scope);
    }

    [Theory]
    [InlineData("north", ConnectionSelector.Way.Fixed, "north")]
    [InlineData("{tenant}", ConnectionSelector.Way.RouteValue, "tenant")]
    [InlineData("header:X-Tenant", ConnectionSelector.Way.Header, "X-Tenant")]
    public void Parse_Connection_SelectsWhereTheNameIsRead(string text, ConnectionSelector.Way way, string value)
    {
        var credential = RouteCredentialParser.Parse(new Dictionary<string, string> { ["Credential"] = "acme", ["Connection"] = text }, []);

        Assert.Equal(new ConnectionSelector(way, value), credential!.Connection);
    }

    [Theory]
    [InlineData("Connection", "{}")]
    [InlineData("Connection", "header:")]
    [InlineData("Connection", "a b")]
    [InlineData("Replay", "0")]
    [InlineData("Replay", "Twice")]
    [InlineData("Replay", "")]
    [InlineData("Replay", "+1")]
    [InlineData("Replay", "Safe,Never")]
    [InlineData("ReplayBodyLimit", "1 MB")]
    [InlineData("ReplayBodyLimit", "-1")]
    [InlineData("ReplayBodyLimit", "99999999999")]
    [InlineData("Unknown", "x")]
    public void Parse_WrongValue_NamesKeyAndValue(string key, string value)
    {
        var errors = new List<string>();

        Assert.Null(RouteCredentialParser.Parse(new Dictionary<string, string> { ["Credential"] = "acme", [key] = value }, errors));

        Assert.Contains(key, Assert.Single(errors), StringComparison.Ordinal);
        Assert.Contains(key == "Unknown" ? key : $"'{value}'", errors[0], StringComparison.Ordinal);
    }
}
