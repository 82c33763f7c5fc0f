namespace Gateway.Admin;

/// <summary>Turns what routing answers itself on the operators' listener into problems. Stands before routing.</summary>
internal sealed class AdminFallback(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (!context.Response.HasStarted && ProblemOf(context.Response.StatusCode) is { } problem)
        {
            await problem.ExecuteAsync(context);
        }
    }

    private static AdminProblem? ProblemOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => AdminProblem.UnknownPath(),
        StatusCodes.Status405MethodNotAllowed => AdminProblem.WrongMethod(),
        _ => null,
    };
}
