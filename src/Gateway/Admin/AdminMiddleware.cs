using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>
/// Runs before routing on the Admin listener. Log lines carry the request's trace, no answer is cached, and an unknown path, a wrong method
/// and an unavailable store are answered with a problem.
/// </summary>
internal sealed class AdminMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var trace = RequestTrace.Begin(context);
        context.Response.Headers.CacheControl = "no-store";
        if (await RunAsync(context) is { } problem && !context.Response.HasStarted)
        {
            await problem.ExecuteAsync(context);
        }
    }

    private async Task<ProblemResult?> RunAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (StoreUnavailableException e) when (!context.Response.HasStarted)
        {
            return AdminProblem.From(e);
        }

        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => AdminProblem.UnknownPath(),
            StatusCodes.Status405MethodNotAllowed => AdminProblem.WrongMethod(),
            _ => null,
        };
    }
}
