using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>Bokio's error answers. 401, 429 and 403 for a missing scope have no body; 403 for the price plan has one.</summary>
internal static class BokioErrors
{
    public static Task NotFoundAsync(HttpResponse response) => AnswerAsync(response, 404, "not-found", "The resource does not exist.");

    public static Task ValidationAsync(HttpResponse response, string field, string message) =>
        AnswerAsync(response, 400, "validation-error", "The request is not valid.", new JsonObject { ["field"] = field, ["message"] = message });

    public static Task PricePlanAsync(HttpResponse response) => response.JsonAsync(403, new JsonObject
    {
        ["error"] = "price_plan_feature_required",
        ["message"] = "The company's price plan does not include integrations.",
        ["details"] = new JsonObject
        {
            ["requiredFeature"] = "PublicIntegrations",
            ["availableIn"] = new JsonArray("Plus", "Business"),
            ["availableAsAddonIn"] = new JsonArray("Premium"),
            ["isAvailableInTrial"] = true,
            ["isInTrial"] = false,
        },
    });

    private static Task AnswerAsync(HttpResponse response, int status, string code, string message, params JsonNode[] errors) =>
        response.JsonAsync(status, new JsonObject
        {
            ["code"] = code,
            ["message"] = message,
            ["bokioErrorId"] = Guid.NewGuid().ToString(),
            ["errors"] = new JsonArray(errors),
        });
}
