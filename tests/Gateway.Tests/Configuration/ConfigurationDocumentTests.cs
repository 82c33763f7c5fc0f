using System.Text.Json;

using Gateway.Tests.Operations;

namespace Gateway.Tests.Configuration;

/// <summary>docs/configuration.md has a table for each object of the schema, with exactly its keys.</summary>
public sealed class ConfigurationDocumentTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(RepositoryFiles.Read("config/gateway.schema.json")).RootElement;

    public static TheoryData<string, string> Sections => new()
    {
        { "Kestrel", "/properties/Kestrel" },
        { "Kestrel:Endpoints", "/properties/Kestrel/properties/Endpoints" },
        { "Kestrel:Endpoints:*", "/$defs/endpoint" },
        { "Admin", "/properties/Admin" },
        { "Store", "/properties/Store" },
        { "Connect", "/properties/Connect" },
        { "Secrets", "/properties/Secrets" },
        { "Proxy", "/properties/Proxy" },
        { "Forwarding", "/properties/Forwarding" },
        { "Providers:*", "/$defs/provider" },
        { "Providers:*:Inject", "/$defs/provider/properties/Inject" },
        { "Providers:*:Verify", "/$defs/provider/properties/Verify" },
        { "Providers:*:Disconnect", "/$defs/provider/properties/Disconnect" },
        { "Providers:*:Onboarding", "/$defs/provider/properties/Onboarding" },
        { "Providers:*:Onboarding:Marketplace", "/$defs/provider/properties/Onboarding/properties/Marketplace" },
        { "ReverseProxy", "/properties/ReverseProxy" },
        { "ReverseProxy:Routes:*:Transforms", "/$defs/credential" },
    };

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_section_documents_exactly_the_keys_of_the_schema(string section, string path)
    {
        var schema = Find(path).GetProperty("properties").EnumerateObject().Select(static property => property.Name);
        Assert.Equal(schema.Order(StringComparer.Ordinal), Rows(section).Select(static row => row.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Sections))]
    public void A_default_that_the_schema_names_is_the_documented_one(string section, string path)
    {
        var properties = Find(path).GetProperty("properties");
        foreach (var (key, documented) in Rows(section))
        {
            if (properties.GetProperty(key).TryGetProperty("default", out var value) && value.ToString() is { Length: > 0 } text)
            {
                Assert.Equal(
                    $"`{(value.ValueKind is JsonValueKind.True or JsonValueKind.False ? text.ToLowerInvariant() : text)}`", documented);
            }
        }
    }

    [Fact]
    public void Every_top_level_section_has_a_heading()
    {
        var headings = RepositoryFiles.Read("docs/configuration.md").Split('\n')
            .Where(static line => line.StartsWith("## ", StringComparison.Ordinal)).Select(static line => line[3..].Split(':')[0]).ToList();
        foreach (var property in Schema.GetProperty("properties").EnumerateObject().Where(static property => property.Name != "$schema"))
        {
            Assert.Contains(property.Name, headings);
        }
    }

    private static JsonElement Find(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate(Schema, static (node, name) => node.GetProperty(name));

    // The rows of the first table below the heading: | `Key` | default | …
    private static List<(string Key, string Default)> Rows(string section)
    {
        var lines = RepositoryFiles.Read("docs/configuration.md").Split('\n');
        var start = Array.FindIndex(lines, line => line.TrimStart('#') == $" {section}");
        Assert.True(start >= 0, $"docs/configuration.md has no section {section}");
        return [
            .. lines.Skip(start + 1).TakeWhile(static line => !line.StartsWith('#'))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(static line => line.Split('|')).Select(static cells => (cells[1].Trim().Trim('`'), cells[2].Trim()))];
    }
}
