using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Onboarding.Links;

/// <summary>Creates links, for operators.</summary>
internal sealed class ConnectLinkEndpoint(
    ProviderCatalog catalog, ConnectLinks links, ConnectSettings settings, OnboardingAudit audit, TimeProvider clock)
{
    private const int MaxLength = 16 * 1024;

    private const string Shape =
        "The body must be one JSON object with no other members than fields (an object of strings), returnTo and scopes "
        + "(an array of strings), each at most once.";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/connections/{provider}/{name}/connect-link",
                static (string provider, string name, HttpContext context, ConnectLinkEndpoint endpoint) =>
                    endpoint.CreateAsync(provider, name, context))
            .WithName("createConnectLink").WithTags("Connections")
            .WithSummary("Makes a link with which the account's owner authorises the connection")
            .WithDescription("Good for one connection, 24 hours. Nothing changes until the owner has approved at the provider.")
            .Accepts<ConnectLinkInput>(isOptional: true, "application/json", "*/*")
            .Produces<ConnectLinkView>(StatusCodes.Status201Created)
            .Produces<ProblemBody>(StatusCodes.Status400BadRequest, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status401Unauthorized, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status404NotFound, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status422UnprocessableEntity, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status503ServiceUnavailable, ProblemBody.ContentType);

    private async Task<IResult> CreateAsync(string providerName, string name, HttpContext context)
    {
        if (catalog.Find(providerName) is not { } provider || !ConnectionId.IsValidName(name))
        {
            return ConnectionId.IsValidName(name) ? ProblemResult.UnknownProvider() : ProblemResult.InvalidName();
        }

        if (!provider.IsConnectable())
        {
            return new ProblemResult(StatusCodes.Status422UnprocessableEntity, "not_connectable", "Nothing to authorise in a browser",
                "The provider has neither an AuthorizationEndpoint (or Discovery) nor Onboarding:AuthorizationUrl; PUT the connection "
                + "instead.");
        }

        if (settings.PublicUrl is null)
        {
            return new ProblemResult(StatusCodes.Status422UnprocessableEntity, "public_url_missing", "No address for browsers",
                "The Connect listener is open to other machines; set Connect:PublicUrl to the address that browsers use.");
        }

        var input = await ReadAsync(context);
        var errors = input is null ? [Shape] : Check(provider, input);
        if (input is null || errors.Count > 0)
        {
            return ProblemResult.From(GatewayError.BadRequest, string.Join("; ", errors));
        }

        var link = new ConnectLink
        {
            Provider = provider.Name,
            Name = name,
            ExpiresAt = clock.GetUtcNow() + ConnectLinks.Lifetime,
            Fields = input.Fields ?? [],
            Scopes = input.Scopes,
            ReturnTo = input.ReturnTo,
        };
        var token = await links.CreateAsync(link);
        audit.LinkMade(context, new(provider.Name, name), token, link.ExpiresAt);
        var view = new ConnectLinkView(settings.Absolute($"/connect/{token}"), link.ExpiresAt);
        return TypedResults.Json(view, ConnectLinkJson.Default.ConnectLinkView, statusCode: StatusCodes.Status201Created);
    }

    /// <returns>Null when the body is too long or has another shape; an empty input for an empty body.</returns>
    private static async Task<ConnectLinkInput?> ReadAsync(HttpContext context)
    {
        var body = new byte[MaxLength + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        if (length == 0)
        {
            return new ConnectLinkInput();
        }

        try
        {
            return length > MaxLength ? null : JsonSerializer.Deserialize(body.AsSpan(0, length), ConnectLinkJson.Default.ConnectLinkInput);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <returns>A sentence for each error; values are not quoted.</returns>
    private List<string> Check(Provider provider, ConnectLinkInput input)
    {
        var errors = new List<string>();
        foreach (var (name, value) in input.Fields ?? [])
        {
            if (provider.FieldPattern(name) is not { } pattern)
            {
                var known = provider.Fields.Keys.Concat(provider.Onboarding.Keep.Keys).Order(StringComparer.Ordinal).ToList();
                errors.Add("fields: holds a name that is no public field of this provider; its fields are: "
                    + (known.Count > 0 ? string.Join(", ", known) : "none"));
            }
            else if (value is null || !pattern.IsMatch(value))
            {
                errors.Add($"fields.{name}: does not match {pattern}");
            }
        }

        if (input.Scopes is { } scopes && (scopes.Count == 0 || scopes.Except(provider.WantedScopes(), StringComparer.Ordinal).Any()))
        {
            errors.Add("scopes: at least one, and none that is not configured for the provider");
        }

        if (input.ReturnTo is { } target && !ReturnTarget.IsAllowedPath(target, settings.ReturnPaths))
        {
            errors.Add("returnTo: not a plain path below one of Connect:ReturnPaths");
        }

        return errors;
    }
}

[Description("All of it may be left out, the body too.")]
internal sealed class ConnectLinkInput
{
    [Description("Fields that the owner is not asked for, and kept ones (Onboarding:Keep) that the account must have.")]
    public Dictionary<string, string>? Fields { get; init; }

    [Description("Where the last page leads: a path below one of Connect:ReturnPaths.")]
    public string? ReturnTo { get; init; }

    [Description("What to ask for, if less than what is configured.")]
    public IReadOnlyList<string>? Scopes { get; init; }
}

[Description("A link for the account's owner.")]
internal sealed record ConnectLinkView(
    [property: Description("Anyone who has it can authorise the connection, once.")] string Url, DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ConnectLinkInput))]
[JsonSerializable(typeof(ConnectLinkView))]
internal sealed partial class ConnectLinkJson : JsonSerializerContext;
