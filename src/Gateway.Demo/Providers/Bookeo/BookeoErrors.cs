using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>Bookeo's error answers: a message and an error id.</summary>
internal static class BookeoErrors
{
    public static Task AnswerAsync(HttpResponse response, int status, string message) => response.JsonAsync(status, Body(message));

    /// <summary>429 with the time to wait in the header and in the body, in seconds.</summary>
    public static Task TooManyAsync(HttpResponse response, int seconds)
    {
        response.Headers.RetryAfter = seconds.ToString();
        var body = Body("Too many requests.");
        body["retryAfter"] = seconds;
        return response.JsonAsync(429, body);
    }

    private static JsonObject Body(string message) => new() { ["message"] = message, ["errorId"] = Guid.NewGuid().ToString("N") };
}
