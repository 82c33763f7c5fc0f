using System.Collections.Concurrent;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>An owner's browser profile with its first tab, and every request that it sent.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly ConcurrentQueue<IRequest> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();

    public Visit(IBrowserContext context, IPage page)
    {
        (Context, Page) = (context, page);
        context.Request += (_, request) => _requests.Enqueue(request);
        context.Console += (_, message) => Note(message);
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    /// <summary>Network requests for documents, stylesheets and pictures, in order.</summary>
    public IReadOnlyList<IRequest> Requests => [.. _requests];

    /// <summary>Errors on the browser's console, such as a refusal by the Content-Security-Policy.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    /// <returns>The status of the page.</returns>
    public async Task<int> OpenAsync(Uri address) => (await Page.GotoAsync(address.AbsoluteUri))!.Status;

    /// <summary>Waits until the only first-level heading of the page has this text.</summary>
    public Task SeesAsync(string title) => SeesAsync(Page, title);

    public static Task SeesAsync(IPage tab, string title) =>
        Assertions.Expect(tab.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(title);

    /// <summary>Presses the only button of a link's page.</summary>
    public Task ContinueAsync() => ContinueAsync(Page);

    public static Task ContinueAsync(IPage tab) => tab.Locator("main button").ClickAsync();

    /// <summary>Presses a button of the simulated provider's page.</summary>
    public Task ApproveAsync() => DecideAsync(Page, "approve");

    public Task DenyAsync() => DecideAsync(Page, "deny");

    public static Task ApproveAsync(IPage tab) => DecideAsync(tab, "approve");

    /// <summary>Approves at the provider with the cookies of this browser.</summary>
    /// <returns>The callback, not yet followed.</returns>
    public async Task<Uri> CallbackAsync()
    {
        var form = Context.APIRequest.CreateFormData();
        form.Set("decision", "approve");
        form.Set("account", "acme");
        var answer = await Context.APIRequest.PostAsync(Page.Url, new() { Form = form, MaxRedirects = 0 });
        return new Uri(answer.Headers["location"]);
    }

    public ValueTask DisposeAsync() => Context.DisposeAsync();

    private static Task DecideAsync(IPage tab, string decision) => tab.Locator($"button[value={decision}]").ClickAsync();

    // The status of an intentionally refused page is a line on the console as well.
    private void Note(IConsoleMessage message)
    {
        if (message.Type is "error" or "warning"
            && !message.Text.StartsWith("Failed to load resource: the server responded with", StringComparison.Ordinal))
        {
            _complaints.Enqueue(message.Text);
        }
    }
}
