using System.Text;

namespace Gateway.Onboarding.Pages;

/// <summary>A page for an owner's browser.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Title">Of the window and of the first heading.</param>
/// <param name="Body">What follows the heading.</param>
internal sealed record PageResult(int Status, string Title, Html Body)
{
    /// <summary>Where a form of the page may lead, its redirections included (browsers hold those against the same list).</summary>
    public string FormTargets { get; init; } = "'none'";

    /// <summary>What the stylesheet makes of the page: <c>done</c>, <c>problem</c>, or nothing special.</summary>
    public string Tone { get; init; } = "";

    public Task WriteAsync(HttpContext context)
    {
        var settings = context.RequestServices.GetRequiredService<ConnectSettings>();
        var bytes = Encoding.UTF8.GetBytes(Layout.Of(this, settings).ToString());
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = bytes.Length;
        response.Headers.ContentSecurityPolicy = PageHeaders.Policy(FormTargets);
        return response.Body.WriteAsync(bytes).AsTask();
    }
}
