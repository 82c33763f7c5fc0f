using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Demo.Providers;

/// <summary>The authorization endpoint: a page with two buttons, or immediate approval if <see cref="TokenSettings.AutoApproveAs"/> is set.</summary>
internal sealed class AuthorizationPage(AuthorizationServer server)
{
    public static void Map(IEndpointRouteBuilder app, string path, AuthorizationServer server)
    {
        var page = new AuthorizationPage(server);
        app.MapGet(path, page.AskAsync);
        app.MapPost(path, page.DecideAsync);
    }

    private async Task AskAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } request)
        {
            return;
        }

        if (server.Settings.AutoApproveAs is { } account)
        {
            Approve(context, request, server.Rules.AccountOf(context) ?? account);
            return;
        }

        await SimulatedPage.WriteAsync(
            context.Response, 200, $"Simulated {server.Rules.Tokens.Provider}",
            SimulatedPage.Question(request.Client.Id, request.Scopes, server.Rules.AccountOf(context), "Approve", "Deny"));
    }

    private async Task DecideAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } request)
        {
            return;
        }

        var form = await context.Request.ReadFormAsync();
        if (string.Equals(form["decision"], "approve", StringComparison.Ordinal))
        {
            Approve(context, request, server.Rules.AccountOf(context) ?? form["account"].ToString());
            return;
        }

        Redirect(context, request, "error", "access_denied");
    }

    /// <summary>The valid request; null if it was refused, in which case the response has been written.</summary>
    private async Task<AuthorizationRequest?> CheckAsync(HttpContext context)
    {
        var request = AuthorizationRequest.Read(context.Request.Query, server);
        if (request is null)
        {
            await SimulatedPage.WriteAsync(context.Response, 400, "The request is not valid", "<p>Unknown application or redirect address.</p>");
            return null;
        }

        if (request.Fault(context.Request.Query, server.Rules) is { } error)
        {
            Redirect(context, request, "error", error);
            return null;
        }

        return request;
    }

    private void Approve(HttpContext context, AuthorizationRequest request, string account)
    {
        var grant = new SimulatedGrant(account, request.Client.Id, request.Scopes);
        Redirect(context, request, "code", server.Codes.Create(grant, request.RedirectUri, request.Challenge));
    }

    private void Redirect(HttpContext context, AuthorizationRequest request, string name, string value)
    {
        var address = QueryHelpers.AddQueryString(request.RedirectUri, name, value);
        address = request.State is { } state ? QueryHelpers.AddQueryString(address, "state", state) : address;
        address = server.Rules.Issuer() is { } issuer ? QueryHelpers.AddQueryString(address, "iss", issuer) : address;
        context.Response.Redirect(address);
    }
}
