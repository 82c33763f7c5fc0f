using System.Text.Json;
using System.Text.Json.Nodes;

using Gateway.Configuration;

using Json.Schema;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationSchemaTests
{
    private const string Stranger = "qqqqqqqqqqqqqqqqqqqqqqqq";

    private static readonly string[] Containers = ["properties", "$defs"];

    private static readonly string SchemaText = File.ReadAllText(ShippedConfiguration.Schema);

    private static readonly JsonElement Schema = Parse(SchemaText);

    private static readonly JsonSchema Validator = JsonSchema.FromText(SchemaText);

    /// <summary>Each object with fixed keys: its path in a file and in the schema.</summary>
    public static TheoryData<string, string> Objects => new()
    {
        { "Kestrel", "#/properties/Kestrel" },
        { "Kestrel:Endpoints:Proxy", "#/$defs/endpoint" },
        { "Admin", "#/properties/Admin" },
        { "Store", "#/properties/Store" },
        { "Connect", "#/properties/Connect" },
        { "Secrets", "#/properties/Secrets" },
        { "Proxy", "#/properties/Proxy" },
        { "Forwarding", "#/properties/Forwarding" },
        { "Providers:p", "#/$defs/provider" },
        { "Providers:p:Inject", "#/$defs/provider/properties/Inject" },
        { "Providers:p:Verify", "#/$defs/provider/properties/Verify" },
        { "Providers:p:Onboarding", "#/$defs/provider/properties/Onboarding" },
        { "Providers:p:Onboarding:Marketplace", "#/$defs/provider/properties/Onboarding/properties/Marketplace" },
        { "Providers:p:Disconnect", "#/$defs/provider/properties/Disconnect" },
    };

    [Fact]
    public void The_shipped_configuration_matches_the_schema()
    {
        var shipped = File.ReadAllText(ShippedConfiguration.File);

        Assert.Empty(Errors(shipped));
        Assert.StartsWith("./gateway.schema.json", Parse(shipped).GetProperty("$schema").GetString(), StringComparison.Ordinal);
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
        var error = Assert.Single(
            Read.Errors(json.ToJsonString()), line => line.StartsWith($"{key}:{Stranger}: {known}", StringComparison.Ordinal));
        var described = Resolve(place);

        Assert.Equal(Names(described), error[(error.IndexOf(known, StringComparison.Ordinal) + known.Length)..].Split(", "));
        Assert.False(described.GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public void Schema_and_parser_know_the_same_sections_and_listeners()
    {
        Assert.Equal(Names(Schema), ConfigurationSources.KnownSections.Order(StringComparer.Ordinal).ToArray());
        Assert.Equal(
            Names(Resolve("#/properties/Kestrel/properties/Endpoints")),
            Enum.GetNames<Gateway.Configuration.Listeners.GatewayListener>().Order(StringComparer.Ordinal).ToArray());
    }

    [Theory]
    [MemberData(nameof(ProviderRules.Broken), MemberType = typeof(ProviderRules))]
    public void The_schema_refuses_what_the_parser_refuses_in_a_provider_where_it_can(string block, string error, bool schemaSeesIt)
    {
        _ = error;

        Assert.Equal(schemaSeesIt, Errors($$"""{ "Providers": { "p": { {{block}} } } }""").Count > 0);
    }

    [Theory]
    [MemberData(nameof(SectionRules.Broken), MemberType = typeof(SectionRules))]
    public void The_schema_refuses_what_the_parser_refuses_elsewhere_where_it_can(string json, string error, bool schemaSeesIt)
    {
        _ = error;

        Assert.Equal(schemaSeesIt, Errors(json).Count > 0);
    }

    [Theory]
    [InlineData("""{ "Provider": {} }""")]
    [InlineData("""{ "Providers": { "a b": { "Kind": "Secret", "Origin": "https://x", "Inject": {} } } }""")]
    [InlineData("""{ "ReverseProxy": { "Routes": { "r": { "Match": { "Path": "/x" } } } } }""")]
    [InlineData(
        """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": {},"""
            + """ "Transforms": [{ "Credential": "p", "Replays": "Always" }] } } } }""")]
    [InlineData(
        """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": {},"""
            + """ "Transforms": [{ "Credential": "p", "Replay": "Sometimes" }] } } } }""")]
    [InlineData("""{ "ReverseProxy": { "Clusters": { "c": { "Destinations": { "d": { "Address": "http://api.example.com" } } } } } }""")]
    public void The_schema_refuses_other_errors(string json) => Assert.NotEmpty(Errors(json));

    [Fact]
    public void Every_element_has_a_description()
    {
        var silent = Described(Schema, "#").Where(static pair => !pair.Element.TryGetProperty("description", out _))
            .Select(static pair => pair.Path);

        Assert.Empty(silent);
    }

    /// <summary>JSON Schema ignores unknown keywords, so a misspelt rule would have no effect.</summary>
    [Fact]
    public void Every_keyword_is_in_the_standard()
    {
        Assert.NotNull(Strict(SchemaText));
        Assert.Throws<JsonSchemaException>(static () => Strict("""{ "properties": { "a": { "minLenght": 1 } } }"""));
    }

    private static JsonSchema Strict(string schema)
    {
        var rules = JsonNode.Parse(schema)!.AsObject();
        rules.Remove("$schema"); // It refers to the standard dialect, which allows unknown keywords.
        var dialect = Dialect.Draft202012.With([], new Uri("https://strict.example/"), allowUnknownKeywords: false);
        return JsonSchema.FromText(rules.ToJsonString(), new BuildOptions { Dialect = dialect });
    }

    private static IReadOnlyList<string> Errors(string json)
    {
        var result = Validator.Evaluate(Parse(json), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return result.IsValid ? [] :
        [
            $"{result.InstanceLocation}: does not fit",
            .. (result.Details ?? [])
            .SelectMany(static place => (place.Errors ?? []).Select(error => $"{place.InstanceLocation}: {error.Key}: {error.Value}")),
        ];
    }

    // With comments and trailing commas, as the gateway reads it.
    private static JsonElement Parse(string json) =>
        JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;

    // Follows a reference like #/$defs/provider.
    private static JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(Schema, static (element, name) => element.GetProperty(name));

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
