using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>
/// The system's Chromium, shared by all tests of this folder; each test creates its own contexts (profiles).
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string? Executable = FindExecutable();

    // Long enough for a loaded machine.
    private const float Patience = 30_000;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Executable is null)
        {
            return;
        }

        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser =
            await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable, Timeout = 2 * Patience });
    }

    /// <summary>A new browser context. Skips the running test where no Chromium is installed.</summary>
    internal async Task<Visit> VisitAsync(BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(_browser is null, "needs chromium: apt-get install chromium");
        var context = await _browser.NewContextAsync(options ?? Screens.Desktop());
        context.SetDefaultTimeout(Patience);
        return new Visit(context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    private static string? FindExecutable() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(
                static folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
}
