using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

internal static class RequestReading
{
    /// <summary>The JSON object in the body; null when the body is anything else.</summary>
    public static async Task<JsonObject?> JsonObjectAsync(this HttpRequest request)
    {
        try
        {
            return await JsonNode.ParseAsync(request.Body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The bearer token, if exactly one <c>Authorization</c> header carries exactly one.</summary>
    public static string? BearerToken(this HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var values = request.Headers.Authorization;
        return values is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..] : null;
    }

    public static int Number(this IQueryCollection query, string name, int fallback) =>
        int.TryParse(query[name], out var number) ? number : fallback;
}
