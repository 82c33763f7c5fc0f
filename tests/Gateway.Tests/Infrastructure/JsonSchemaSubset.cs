using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Gateway.Testing;

/// <summary>
/// Checks a JSON document against the part of JSON Schema draft 2020-12 that our schema uses. A keyword that is not known here throws,
/// so that the schema can't say more than is checked.
/// </summary>
internal sealed class JsonSchemaSubset(JsonElement schema)
{
    private static readonly HashSet<string> Annotations = ["$schema", "$id", "$defs", "title", "description", "default", "then", "else"];

    /// <summary>Reads a document with comments and trailing commas, as the gateway does.</summary>
    public static JsonElement Parse(string json) =>
        JsonDocument.Parse(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }).RootElement;

    /// <returns>Where and why the document does not fit; empty when it does.</returns>
    public IReadOnlyList<string> Check(JsonElement document) => [.. Check(document, schema, "$")];

    /// <summary>Follows a reference like <c>#/$defs/provider</c>.</summary>
    public JsonElement Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate(schema, static (element, name) => element.GetProperty(name));

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException($"type {type}"),
    };

    private static List<JsonElement> OneOrMany(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

    private static bool Matches(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.None, TimeSpan.FromSeconds(1));

    private static IEnumerable<string> When(bool wrong, string path, string rule) => wrong ? [$"{path}: {rule}"] : [];

    private IEnumerable<string> Check(JsonElement value, JsonElement rules, string path) => rules.ValueKind switch
    {
        JsonValueKind.True => [],
        JsonValueKind.False => [$"{path}: nothing is allowed here"],
        _ => rules.EnumerateObject().SelectMany(rule => Check(value, rules, rule, path)),
    };

    private IEnumerable<string> Check(JsonElement value, JsonElement rules, JsonProperty rule, string path) => rule.Name switch
    {
        "$ref" => Check(value, Resolve(rule.Value.GetString()!), path),
        "type" => When(!OneOrMany(rule.Value).Any(type => IsType(value, type.GetString()!)), path, $"is no {rule.Value}"),
        "enum" => When(!rule.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)), path, $"is none of {rule.Value}"),
        "const" => When(!JsonElement.DeepEquals(rule.Value, value), path, $"is not {rule.Value}"),
        "not" => When(Fits(value, rule.Value, path), path, "fits what it must not"),
        "allOf" => rule.Value.EnumerateArray().SelectMany(one => Check(value, one, path)),
        "anyOf" => When(!rule.Value.EnumerateArray().Any(one => Fits(value, one, path)), path, "fits none of anyOf"),
        "oneOf" => When(rule.Value.EnumerateArray().Count(one => Fits(value, one, path)) != 1, path, "does not fit exactly one of oneOf"),
        "if" => rules.TryGetProperty(Fits(value, rule.Value, path) ? "then" : "else", out var next) ? Check(value, next, path) : [],
        _ when Annotations.Contains(rule.Name) => [],
        _ => CheckByKind(value, rules, rule, path),
    };

    private IEnumerable<string> CheckByKind(JsonElement value, JsonElement rules, JsonProperty rule, string path) => rule.Name switch
    {
        "pattern" => When(value.ValueKind == JsonValueKind.String && !Matches(value.GetString()!, rule.Value.GetString()!), path, $"does not match {rule.Value}"),
        "minLength" => When(value.ValueKind == JsonValueKind.String && value.GetString()!.Length < rule.Value.GetInt32(), path, "is too short"),
        "minimum" => When(value.ValueKind == JsonValueKind.Number && value.GetInt64() < rule.Value.GetInt64(), path, "is too small"),
        "maximum" => When(value.ValueKind == JsonValueKind.Number && value.GetInt64() > rule.Value.GetInt64(), path, "is too large"),
        "minItems" => When(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() < rule.Value.GetInt32(), path, "has too few items"),
        "items" => value.ValueKind != JsonValueKind.Array ? [] : value.EnumerateArray().SelectMany(
            (item, i) => Check(item, rule.Value, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"))),
        "required" => value.ValueKind != JsonValueKind.Object ? [] : rule.Value.EnumerateArray()
            .SelectMany(name => When(!value.TryGetProperty(name.GetString()!, out _), path, $"lacks {name}")),
        "propertyNames" => value.ValueKind != JsonValueKind.Object ? [] : value.EnumerateObject()
            .SelectMany(member => Check(JsonSerializer.SerializeToElement(member.Name), rule.Value, $"{path}.{member.Name} (name)")),
        "properties" or "patternProperties" or "additionalProperties" => CheckMembers(value, rules, rule.Name, path),
        _ => throw new NotSupportedException($"JSON Schema keyword '{rule.Name}' at {path}"),
    };

    private IEnumerable<string> CheckMembers(JsonElement value, JsonElement rules, string keyword, string path) =>
        value.ValueKind != JsonValueKind.Object ? [] : value.EnumerateObject().SelectMany(member =>
        {
            var named = rules.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member.Name, out var own) ? own : default;
            var patterns = rules.TryGetProperty("patternProperties", out var all)
                ? all.EnumerateObject().Where(pattern => Matches(member.Name, pattern.Name)).Select(static pattern => pattern.Value).ToList()
                : [];
            var isNamed = named.ValueKind != JsonValueKind.Undefined;
            List<JsonElement> applicable = keyword switch
            {
                "properties" => isNamed ? [named] : [],
                "patternProperties" => patterns,
                _ => isNamed || patterns.Count > 0 ? [] : [rules.GetProperty(keyword)],
            };
            return applicable.SelectMany(next => Check(member.Value, next, $"{path}.{member.Name}"));
        });

    private bool Fits(JsonElement value, JsonElement rules, string path) => !Check(value, rules, path).Any();
}
