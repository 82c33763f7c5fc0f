using System.Text.Json;

using Gateway.Model;

namespace Gateway.Onboarding.Links;

/// <summary>Makes links, for operators.</summary>
internal static class ConnectLinkEndpoint
{
    private const int MaxLength = 16 * 1024;

    private const string Shape =
        "The body must be one JSON object with no other members than fields (an object of strings), returnTo and scopes (an array of strings), "
        + "each at most once.";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/connections/{provider}/{name}/connect-link", CreateAsync).WithName("createConnectLink")
            .WithTags("Connections").WithSummary("Makes a link with which the account's owner authorises the connection")
            .WithDescription("Good for one connection, 24 hours. Nothing changes until the owner has approved at the provider.")
            .Accepts<ConnectLinkInput>(isOptional: true, "application/json", "*/*")
            .Produces<ConnectLinkView>(StatusCodes.Status201Created)
            .Produces<ProblemBody>(StatusCodes.Status400BadRequest, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status401Unauthorized, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status404NotFound, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status422UnprocessableEntity, ProblemBody.ContentType)
            .Produces<ProblemBody>(StatusCodes.Status503ServiceUnavailable, ProblemBody.ContentType);

    private static async Task<IResult> CreateAsync(string provider, string name, HttpContext context, ProviderCatalog catalog, ConnectLinks links)
    {
        var settings = context.RequestServices.GetRequiredService<ConnectSettings>();
        if (Refusal(catalog.Find(provider), name, settings) is { } refusal)
        {
            return refusal;
        }

        var known = catalog.Find(provider)!;
        if (await ReadAsync(context) is not { } input)
        {
            return LinkProblem.From(GatewayError.BadRequest, Shape);
        }

        if (ConnectLinkDraft.Check(known, input, settings) is { Count: > 0 } errors)
        {
            return LinkProblem.From(GatewayError.BadRequest, string.Join("; ", errors));
        }

        var expiresAt = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + ConnectLinks.Lifetime;
        var link = new ConnectLink
        {
            Provider = known.Name, Name = name, ExpiresAt = expiresAt, Fields = input.Fields ?? [], Scopes = input.Scopes, ReturnTo = input.ReturnTo,
        };
        var token = await links.CreateAsync(link);
        context.RequestServices.GetRequiredService<OnboardingAudit>().LinkMade(context, new(known.Name, name), token, expiresAt);
        var view = new ConnectLinkView(settings.Absolute($"/connect/{token}"), expiresAt);
        return TypedResults.Json(view, ConnectLinkJson.Default.ConnectLinkView, statusCode: StatusCodes.Status201Created);
    }

    private static LinkProblem? Refusal(Provider? provider, string name, ConnectSettings settings) =>
        !ConnectionId.IsValidName(name) ? LinkProblem.From(GatewayError.InvalidConnection, "A name has 1 to 128 characters of A-Z a-z 0-9 . _ -")
        : provider is null ? LinkProblem.UnknownProvider()
        : !provider.IsConnectable() ? LinkProblem.NotConnectable()
        : !settings.TryGetPublicUrl(out _) ? LinkProblem.NoPublicUrl()
        : null;

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
}
