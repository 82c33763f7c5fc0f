using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// The checks before each Bookeo endpoint: exactly one <c>secretKey</c> and exactly one <c>apiKey</c>, each in a header or in the query.
/// The precedence at Bookeo is unknown; the simulation refuses duplicates, so that tests detect them.
/// </summary>
internal sealed class BookeoGuard(SimulatedBookeo bookeo, TimeProvider time)
{
    private readonly RollingWindow _window = new(TimeSpan.FromMinutes(1), time);

    public RequestDelegate Installation(
        Func<BookeoInstallation, bool> allows, Func<HttpContext, BookeoInstallation, Task> handle) => context =>
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentLanguage = request.Query["lang"] is [{ } lang] ? lang : "en-US";
        var secrets = Values(request, "X-Bookeo-secretKey", "secretKey");
        var keys = Values(request, "X-Bookeo-apiKey", "apiKey");
        if (secrets.Count > 1 || keys.Count > 1)
        {
            return BookeoErrors.AnswerAsync(response, 400, "A key was sent more than once.");
        }

        if (secrets is not [var secret] || secret != bookeo.SecretKey)
        {
            return BookeoErrors.AnswerAsync(response, 401, "Unauthorized: secretKey is missing or wrong.");
        }

        return keys is [var key] && bookeo.Find(key) is { } installation
            ? AdmitAsync(context, installation, allows, handle)
            : BookeoErrors.AnswerAsync(response, 403, "Forbidden: apiKey is missing or wrong.");
    };

    private Task AdmitAsync(
        HttpContext context,
        BookeoInstallation installation,
        Func<BookeoInstallation, bool> allows,
        Func<HttpContext, BookeoInstallation, Task> handle)
    {
        var verdict = _window.Take(installation.ApiKey, bookeo.RateLimit);
        return !verdict.Allowed ? BookeoErrors.TooManyAsync(context.Response, verdict.ResetSeconds)
            : allows(installation) ? handle(context, installation)
            : BookeoErrors.AnswerAsync(context.Response, 403, "Forbidden: the permission is missing.");
    }

    private static List<string> Values(HttpRequest request, string header, string parameter) =>
        [.. request.Headers[header].Concat(request.Query[parameter]).Select(value => value ?? "")];
}

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
