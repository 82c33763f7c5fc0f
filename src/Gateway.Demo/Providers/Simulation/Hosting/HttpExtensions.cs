using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>Reads the requests to simulated endpoints.</summary>
internal static class RequestExtensions
{
    /// <summary>The JSON object in the body; null if the body is not a JSON object.</summary>
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

    /// <summary>The bearer token; null unless there is exactly one <c>Authorization</c> header with the scheme Bearer.</summary>
    public static string? BearerToken(this HttpRequest request)
    {
        const string Scheme = "Bearer ";
        var values = request.Headers.Authorization;
        return values is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..] : null;
    }

    /// <summary>The integer value of a query parameter; <paramref name="defaultValue"/> if it is missing or not an integer.</summary>
    public static int Number(this IQueryCollection query, string name, int defaultValue) =>
        int.TryParse(query[name], out var number) ? number : defaultValue;
}

/// <summary>Writes the responses of simulated endpoints.</summary>
internal static class ResponseExtensions
{
    public static Task JsonAsync(this HttpResponse response, int status, JsonNode body) =>
        response.TextAsync(status, "application/json; charset=utf-8", body.ToJsonString());

    public static Task HtmlAsync(this HttpResponse response, int status, string body) =>
        response.TextAsync(status, "text/html; charset=utf-8", body);

    public static Task EmptyAsync(this HttpResponse response, int status)
    {
        response.StatusCode = status;
        return Task.CompletedTask;
    }

    private static Task TextAsync(this HttpResponse response, int status, string contentType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes).AsTask();
    }
}
