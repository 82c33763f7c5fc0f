using System.Net.Http.Headers;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>
/// Stands before every operators' endpoint, before its parameters are read: no key, no answer. It wraps endpoints instead of being
/// middleware, so that proxied requests don't pass it. A store that is away becomes its answer here too.
/// </summary>
internal static class AdminGate
{
    private const string Challenge = "Bearer realm=\"gateway\"";

    public static void Guard(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is { } handler)
        {
            endpoint.RequestDelegate = context => AnswerAsync(context, handler);
        }
    }

    private static async Task AnswerAsync(HttpContext context, RequestDelegate handler)
    {
        using var trace = RequestTrace.Begin(context);
        context.Response.Headers.CacheControl = "no-store";
        if (!IsOperator(context))
        {
            context.RequestServices.GetRequiredService<AuditTrail>().Refused(context);
            context.Response.Headers.WWWAuthenticate = Challenge;
            await AdminProblem.Unauthorized().ExecuteAsync(context);
            return;
        }

        try
        {
            await handler(context);
        }
        catch (StoreUnavailableException e) when (!context.Response.HasStarted)
        {
            await AdminProblem.From(e).ExecuteAsync(context);
        }
    }

    private static bool IsOperator(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } header]
        && AuthenticationHeaderValue.TryParse(header, out var presented)
        && string.Equals(presented.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
        && context.RequestServices.GetRequiredService<AdminKey>().Matches(new Secret(presented.Parameter));
}
