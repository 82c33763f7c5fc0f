using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Admin;

public sealed class AdminDocumentTests
{
    [Fact]
    public async Task The_document_describes_every_mapped_endpoint_and_no_other()
    {
        await using var app = await AdminApp.StartAsync();
        var document = await DocumentAsync(app);
        var described = Operations(document).Select(static operation => $"{operation.Method} {operation.Path}")
            .Order(StringComparer.Ordinal);

        var mapped = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(
                static endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                    .Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Where(static endpoint => endpoint is not "GET /openapi/{documentName}.json" and not "GET /elsewhere")
            .Order(StringComparer.Ordinal).ToList();

        Assert.Equal(9, mapped.Count);
        Assert.Equal(mapped, described);
    }

    [Fact]
    public async Task Every_operation_has_an_id_a_summary_and_documented_refusals_and_needs_the_key()
    {
        await using var app = await AdminApp.StartAsync();
        var document = await DocumentAsync(app);
        var scheme = document["components"]!["securitySchemes"]!["adminKey"]!;
        Assert.Equal(("http", "bearer"), (scheme["type"]!.GetValue<string>(), scheme["scheme"]!.GetValue<string>()));
        Assert.NotNull(document["security"]![0]!["adminKey"]);

        var operations = Operations(document).ToList();
        Assert.Equal(
            operations.Count, operations.Select(static operation => operation.Body["operationId"]!.GetValue<string>())
                .Distinct(StringComparer.Ordinal).Count());
        Assert.All(operations, static operation =>
        {
            Assert.NotEmpty(operation.Body["summary"]!.GetValue<string>());
            var refusal =
                operation.Body["responses"]!["401"]!["content"]!["application/problem+json"]!["schema"]!["$ref"]!.GetValue<string>();
            Assert.Equal("#/components/schemas/ProblemBody", refusal);
            Assert.Contains(operation.Body["responses"]!.AsObject(), static response => response.Key.StartsWith('2'));
        });
    }

    [Fact]
    public async Task The_body_of_a_PUT_has_secrets_that_are_write_only_strings()
    {
        await using var app = await AdminApp.StartAsync();
        var document = await DocumentAsync(app);
        var content = document["paths"]!["/connections/{provider}/{name}"]!["put"]!["requestBody"]!["content"]!.AsObject();
        Assert.Equal("application/json", Assert.Single(content).Key);
        Assert.Equal("#/components/schemas/ConnectionInput", content["application/json"]!["schema"]!["$ref"]!.GetValue<string>());

        var input = document["components"]!["schemas"]!["ConnectionInput"]!["properties"]!.AsObject();
        Assert.Equal(
            ["accessToken", "expiresIn", "fields", "refreshToken", "scope"],
            input.Select(static member => member.Key).Order(StringComparer.Ordinal));
        Assert.All(new[] { input["refreshToken"], input["accessToken"], input["fields"]!["additionalProperties"] }, secret =>
        {
            Assert.Equal("password", secret!["format"]!.GetValue<string>());
            Assert.True(secret["writeOnly"]!.GetValue<bool>());
        });
        Assert.Equal(["string", "array"], input["scope"]!["oneOf"]!.AsArray().Select(static way => way!["type"]!.GetValue<string>()));
        Assert.False(document["components"]!["schemas"]!["ConnectionInput"]!["additionalProperties"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Every_reference_has_a_target()
    {
        await using var app = await AdminApp.StartAsync();
        var document = await DocumentAsync(app);
        var references =
            Regex.Matches(document.ToJsonString(), "\"#/components/schemas/(?<name>[^\"]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1));
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(document["components"]!["schemas"]![reference.Groups["name"].Value]));
    }

    private static IEnumerable<(string Path, string Method, JsonNode Body)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key.ToUpperInvariant(), operation.Value);

    private static async Task<JsonNode> DocumentAsync(AdminApp app)
    {
        var (status, body) = await app.GetAsync("/openapi/v1.json");
        Assert.Equal(200, status);
        return body!;
    }
}
