using Deque.AxeCore.Commons;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>Automatic checks of a page's accessibility.</summary>
internal static class Accessibility
{
    // WCAG 2.5.5, target size (enhanced): 44 CSS pixels.
    private const int Target = 44;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>Runs every rule of axe-core, including best practices.</summary>
    public static async Task<IEnumerable<string>> ViolationsAsync(IPage page)
    {
        await page.EvaluateAsync(Axe);
        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run({ resultTypes: ['violations'] })).violations
              .map(violation => `${violation.id}: ${violation.help} (${violation.nodes.map(node => node.html).join(', ')})`)
            """);
    }

    /// <summary>Elements that are wider than a narrow screen or too small to touch.</summary>
    public static async Task<IEnumerable<string>> MisfitsAsync(IPage page)
    {
        var misfits = await page.EvaluateAsync<string[]>(
            """
            target => [
              ...(document.documentElement.scrollWidth > document.documentElement.clientWidth ? ['scrolls sideways'] : []),
              ...[...document.querySelectorAll('button, .button, input')]
                .filter(e => e.getBoundingClientRect().height < target).map(e => 'small: ' + e.outerHTML),
            ]
            """,
            Target);
        return misfits;
    }
}
