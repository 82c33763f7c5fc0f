using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>The screens that owners use.</summary>
internal static class Screens
{
    public static BrowserNewContextOptions Desktop() => new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 } };

    public static BrowserNewContextOptions Dark() =>
        new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 }, ColorScheme = ColorScheme.Dark };

    /// <summary>The narrowest screen that WCAG 2.2 (1.4.10) requires: a page that fits here fits the others.</summary>
    public static BrowserNewContextOptions Phone() => new()
    {
        ViewportSize = new ViewportSize { Width = 320, Height = 640 },
        IsMobile = true,
        HasTouch = true,
        DeviceScaleFactor = 2,
    };

    public static BrowserNewContextOptions WithoutScripts() => new() { JavaScriptEnabled = false };
}
