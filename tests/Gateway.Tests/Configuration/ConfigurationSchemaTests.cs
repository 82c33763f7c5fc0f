using System.Text.Json;
using System.Text.Json.Nodes;

using Gateway.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationSchemaTests
{
    private const string Stranger = "qqqqqqqqqqqqqqqqqqqqqqqq";

    private static readonly string[] Containers = ["properties", "$defs"];

    private static readonly JsonElement Schema = JsonSchemaSubset.Parse(File.ReadAllText(ShippedConfiguration.Schema));

    /// <summary>Each object with fixed keys: where it stands in a file, and where the schema describes it.</summary>
    public static TheoryData<string, string> Objects => new()
    {
        { "Kestrel", "#/properties/Kestrel" },
        { "Kestrel:Endpoints:Proxy", "#/$defs/endpoint" },
        { "Admin", "#/properties/Admin" },
        { "Store", "#/properties/Store" },
        { "Connect", "#/properties/Connect" },
        { "Secrets", "#/properties/Secrets" },
        { "Forwarding", "#/properties/Forwarding" },
        { "Providers:p", "#/$defs/provider" },
        { "Providers:p:Inject", "#/$defs/provider/properties/Inject" },
        { "Providers:p:Verify", "#/$defs/provider/properties/Verify" },
        { "Providers:p:Onboarding", "#/$defs/provider/properties/Onboarding" },
        { "Providers:p:Onboarding:Marketplace", "#/$defs/provider/properties/Onboarding/properties/Marketplace" },
        { "Providers:p:Disconnect", "#/$defs/provider/properties/Disconnect" },
    };

    [Fact]
    public void The_shipped_configuration_fits()
    {
        var shipped = File.ReadAllText(ShippedConfiguration.File);

        Assert.Empty(Check(shipped));
        Assert.StartsWith("./gateway.schema.json", JsonSchemaSubset.Parse(shipped).GetProperty("$schema").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void Schema_and_parser_know_the_same_keys(string key, string place)
    {
        var json = new JsonObject { [Stranger] = "x" };
        foreach (var part in key.Split(':').Reverse())
        {
            json = new JsonObject { [part] = json };
        }

        const string known = "unknown key; known are ";
        var error = Assert.Single(Read.Errors(json.ToJsonString()), line => line.StartsWith($"{key}:{Stranger}: {known}", StringComparison.Ordinal));
        var described = new JsonSchemaSubset(Schema).Resolve(place);

        Assert.Equal(Names(described), error[(error.IndexOf(known, StringComparison.Ordinal) + known.Length)..].Split(", "));
        Assert.False(described.GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public void Schema_and_parser_know_the_same_sections_and_listeners()
    {
        Assert.Equal(Names(Schema), ConfigurationSources.KnownSections.Order(StringComparer.Ordinal).ToArray());
        Assert.Equal(
            Names(new JsonSchemaSubset(Schema).Resolve("#/properties/Kestrel/properties/Endpoints")),
            Enum.GetNames<Gateway.Configuration.Listeners.GatewayListener>().Order(StringComparer.Ordinal).ToArray());
    }

    [Theory]
    [MemberData(nameof(ProviderRules.Broken), MemberType = typeof(ProviderRules))]
    public void What_the_parser_refuses_in_a_provider_the_schema_refuses_too_where_it_can(string block, string error, bool schemaSeesIt)
    {
        _ = error;

        Assert.Equal(schemaSeesIt, Check($$"""{ "Providers": { "p": { {{block}} } } }""").Count > 0);
    }

    [Theory]
    [MemberData(nameof(SectionRules.Broken), MemberType = typeof(SectionRules))]
    public void What_the_parser_refuses_elsewhere_the_schema_refuses_too_where_it_can(string json, string error, bool schemaSeesIt)
    {
        _ = error;

        Assert.Equal(schemaSeesIt, Check(json).Count > 0);
    }

    [Theory]
    [InlineData("""{ "Provider": {} }""")]
    [InlineData("""{ "Providers": { "a b": { "Kind": "Secret", "Origin": "https://x", "Inject": {} } } }""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "Match": { "Path": "/x" } } } } }""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": {}, "Transforms": [{ "Credential": "p", "Replays": "Always" }] } } } }""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": {}, "Transforms": [{ "Credential": "p", "Replay": "Sometimes" }] } } } }""")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "Destinations": { "d": { "Address": "http://api.example.com" } } } } } }""")]
    public void What_else_is_wrong_is_seen_in_the_editor(string json) => Assert.NotEmpty(Check(json));

    [Fact]
    public void Everything_is_described()
    {
        var silent = Described(Schema, "#").Where(static pair => !pair.Element.TryGetProperty("description", out _)).Select(static pair => pair.Path);

        Assert.Empty(silent);
    }

    [Fact]
    public void A_keyword_that_is_not_checked_fails() => Assert.Throws<NotSupportedException>(
        () => new JsonSchemaSubset(JsonSchemaSubset.Parse("""{ "maxLength": 1 }""")).Check(JsonSchemaSubset.Parse("\"abc\"")));

    private static IReadOnlyList<string> Check(string json) => new JsonSchemaSubset(Schema).Check(JsonSchemaSubset.Parse(json));

    private static string[] Names(JsonElement described) =>
        [.. described.GetProperty("properties").EnumerateObject().Select(static member => member.Name).Order(StringComparer.Ordinal)];

    private static IEnumerable<(string Path, JsonElement Element)> Described(JsonElement element, string path)
    {
        foreach (var part in Containers.Where(part => element.TryGetProperty(part, out _)))
        {
            foreach (var member in element.GetProperty(part).EnumerateObject())
            {
                var here = $"{path}/{part}/{member.Name}";
                yield return (here, member.Value);
                foreach (var below in Described(member.Value, here))
                {
                    yield return below;
                }
            }
        }
    }
}
