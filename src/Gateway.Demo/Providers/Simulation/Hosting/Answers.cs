using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

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
