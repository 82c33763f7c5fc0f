using Gateway.Credentials;

using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Gateway.Admin;

/// <summary>The OpenAPI description of the operators' API, made from the endpoints themselves.</summary>
internal static class AdminDocument
{
    public const string Name = "v1";

    /// <summary>Taken but not documented: what curl -d says of a body by itself must not cost an operator an evening.</summary>
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
        options.AddSchemaTransformer(static (schema, context, _) => Describe(schema, context.JsonTypeInfo.Type, context.JsonPropertyInfo?.Name));
    }

    private static Task Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Gateway admin API",
            Version = Name,
            Description = "Providers, routes and connections of the gateway. No answer contains a secret; every change leaves an audit line.",
        };
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
        {
            [SchemeName] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "The value of Admin:Key." },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SchemeName, document)] = [] }];
        return Task.CompletedTask;
    }

    // What converters read is opaque to the generator: a secret is a string that is only ever written, scopes are one string or many.
    private static Task Describe(OpenApiSchema schema, Type type, string? property)
    {
        if (type == typeof(Secret) || type == typeof(Secret?))
        {
            (schema.Type, schema.Format, schema.WriteOnly) = (JsonSchemaType.String, "password", true);
        }
        else if (property == "scope" && type == typeof(IReadOnlyList<string>))
        {
            schema.OneOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.String },
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            ];
        }

        return Task.CompletedTask;
    }
}
