using Gateway.Model;
using Gateway.Observability;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding;

/// <summary>Around every page: the headers of all answers, and a page for a store that is away.</summary>
internal static class PageGuard
{
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
        PageHeaders.Apply(context);
        try
        {
            await handler(context);
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            context.Response.Headers.RetryAfter = "5";
            await ProblemPage.StoreAway().WriteAsync(context);
        }
    }
}
