using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Pages;

/// <summary>The last pages of a consent, at addresses that hold no code, key or state.</summary>
internal static class ResultEndpoints
{
    public static async Task DoneAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var (summary, isSaved) = await services.GetRequiredService<Summaries>().FindAsync((string)context.Request.RouteValues["number"]!, context.RequestAborted);
        var page = summary is not null && services.GetRequiredService<ProviderCatalog>().Find(summary.Provider) is { } provider
            ? DonePage.Of(provider, summary, isSaved)
            : ProblemPage.Of(Refusal.StateGone);
        await page.WriteAsync(context);
    }

    public static Task ProblemAsync(HttpContext context)
    {
        if (RefusalExtensions.Parse((string?)context.Request.RouteValues["word"]) is { } refusal)
        {
            return ProblemPage.Of(refusal).WriteAsync(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
