using Deque.AxeCore.Commons;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>What can be said of a page's accessibility without a human.</summary>
internal static class Accessibility
{
    // WCAG 2.5.5, target size (enhanced): 44 CSS pixels.
    private const int Target = 44;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>Every rule of axe-core, its best practices included.</summary>
    public static async Task<IEnumerable<string>> ViolationsAsync(IPage page)
    {
        await page.EvaluateAsync(Axe);
        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run({ resultTypes: ['violations'] })).violations
              .map(violation => `${violation.id}: ${violation.help} (${violation.nodes.map(node => node.html).join(', ')})`)
            """);
    }

    /// <summary>What does not fit on a narrow screen, or not under a thumb.</summary>
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
