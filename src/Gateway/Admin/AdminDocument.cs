using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Admin;

/// <summary>The OpenAPI document of the operators' API, generated from the endpoints.</summary>
internal static class AdminDocument
{
    public const string Name = "v1";

    /// <summary>Accepted but not documented: <c>curl -d</c> declares every body as a form unless told otherwise.</summary>
    public const string AnyType = "*/*";

    private const string SchemeName = "adminKey";

    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = static description => description.ActionDescriptor.EndpointMetadata.OfType<AdminEndpoint>().Any();
        options.AddDocumentTransformer(static (document, _, _) => Describe(document));
        options.AddOperationTransformer(static (operation, _, _) =>
        {
            operation.RequestBody?.Content?.Remove(AnyType);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer(static (schema, context, _) => Describe(schema, context.JsonTypeInfo.Type));
    }

    private static Task Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gateway admin API",
            Version = Name,
            Description = "Providers, routes and connections. No answer contains a secret; every change leaves an audit line.",
        };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [SchemeName] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The value of Admin:Key.",
            },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SchemeName, document)] = [] }];
        return Task.CompletedTask;
    }

    // The generator can't describe types with converters: a secret is a write-only string, scopes are a string or an array of strings.
    private static Task Describe(OpenApiSchema schema, Type type)
    {
        if (type == typeof(ConnectionInput) && schema.Properties is { } members)
        {
            members["refreshToken"] = SecretText(members["refreshToken"].Description);
            members["accessToken"] = SecretText(members["accessToken"].Description);
            members["fields"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = members["fields"].Description,
                AdditionalProperties = SecretText(null),
            };
            members["scope"] = new OpenApiSchema
            {
                Description = members["scope"].Description,
                OneOf = [Text(), new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() }],
            };
            schema.AdditionalPropertiesAllowed = false;
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };

    private static OpenApiSchema SecretText(string? description) =>
        new() { Type = JsonSchemaType.String, Format = "password", WriteOnly = true, Description = description };
}
