using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>What owners look at pages with.</summary>
internal static class Screens
{
    public static BrowserNewContextOptions Desktop() => new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 } };

    public static BrowserNewContextOptions Dark() =>
        new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 }, ColorScheme = ColorScheme.Dark };

    /// <summary>The narrowest that WCAG 2.2 (1.4.10) asks for: what fits here fits on the others.</summary>
    public static BrowserNewContextOptions Phone() => new()
    {
        ViewportSize = new ViewportSize { Width = 320, Height = 640 },
        IsMobile = true,
        HasTouch = true,
        DeviceScaleFactor = 2,
    };

    public static BrowserNewContextOptions WithoutScripts() => new() { JavaScriptEnabled = false };
}
