using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>bexio's error body: <c>{ error_code, message }</c>.</summary>
internal static class BexioErrors
{
    public static Task AnswerAsync(HttpResponse response, int status) => response.JsonAsync(status, new JsonObject
    {
        ["error_code"] = status,
        ["message"] = Message(status),
    });

    private static string Message(int status) => status switch
    {
        401 => "The access token is missing, invalid or expired.",
        403 => "A scope or a user right is missing.",
        404 => "The resource does not exist.",
        415 => "The content type must be application/json.",
        429 => "Too many requests.",
        _ => "The request is not valid.",
    };
}
