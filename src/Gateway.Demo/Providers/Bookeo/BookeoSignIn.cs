using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Demo.Providers;

/// <summary>
/// The sign-in host, where an account owner installs the application. This is not OAuth: the callback contains the key itself, and after a
/// refusal it has no <c>state</c>.
/// </summary>
internal sealed class BookeoSignIn(SimulatedBookeo bookeo)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", AskAsync);
        app.MapPost("/", DecideAsync);
    }

    private Task AskAsync(HttpContext context)
    {
        if (!IsKnown(context.Request.Query))
        {
            return RefuseAsync(context);
        }

        return bookeo.AutoApproveAs is { } account ? InstallAsync(context, account) : AskOwnerAsync(context);
    }

    private static Task AskOwnerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var permissions = BookeoPermissions.Parse(query["permissions"]).Order(StringComparer.Ordinal);
        var question = SimulatedPage.Question(query["authappid"].ToString(), permissions, null, "Install", "Refuse");
        return SimulatedPage.WriteAsync(context.Response, 200, "Simulated bookeo", question);
    }

    private async Task DecideAsync(HttpContext context)
    {
        if (!IsKnown(context.Request.Query))
        {
            await RefuseAsync(context);
            return;
        }

        var form = await context.Request.ReadFormAsync();
        await (form["decision"] == "approve"
            ? InstallAsync(context, form["account"].ToString())
            : CallBackAsync(context, ("success", "false")));
    }

    private bool IsKnown(IQueryCollection query) =>
        query["authappid"] == bookeo.ApplicationId && BookeoPermissions.Parse(query["permissions"]).IsSubsetOf(BookeoPermissions.All);

    private static Task RefuseAsync(HttpContext context) =>
        SimulatedPage.WriteAsync(context.Response, 400, "The request is not valid", "<p>Unknown application or permission.</p>");

    private Task InstallAsync(HttpContext context, string account)
    {
        var query = context.Request.Query;
        var key = bookeo.Install(account, BookeoPermissions.Parse(query["permissions"])).ApiKey;
        return query["state"] is [{ } state]
            ? CallBackAsync(context, ("success", "true"), ("apiKey", key), ("state", state))
            : CallBackAsync(context, ("success", "true"), ("apiKey", key));
    }

    /// <summary>Without a callback address Bookeo mails the key to the developer; the simulation shows a page that says this.</summary>
    private Task CallBackAsync(HttpContext context, params (string Name, string Value)[] answer)
    {
        if (bookeo.CallbackUrl is not { } callback)
        {
            return SimulatedPage.WriteAsync(context.Response, 200, "Done", "<p>The key was sent to the developer.</p>");
        }

        context.Response.Redirect(QueryHelpers.AddQueryString(
            callback, answer.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))));
        return Task.CompletedTask;
    }
}
