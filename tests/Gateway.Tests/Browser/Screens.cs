using Microsoft.Playwright;

namespace Gateway.Tests.Browser;

/// <summary>What owners look at pages with.</summary>
internal static class Screens
{
    public static BrowserNewContextOptions Desktop() => new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 } };

    public static BrowserNewContextOptions Dark() => new() { ViewportSize = new ViewportSize { Width = 1280, Height = 860 }, ColorScheme = ColorScheme.Dark };

    /// <summary>A small one: what fits here fits on the others.</summary>
    public static BrowserNewContextOptions Phone() => new()
    {
        ViewportSize = new ViewportSize { Width = 360, Height = 740 }, IsMobile = true, HasTouch = true, DeviceScaleFactor = 2,
    };

    public static BrowserNewContextOptions WithoutScripts() => new() { JavaScriptEnabled = false };
}
