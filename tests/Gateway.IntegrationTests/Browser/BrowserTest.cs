
namespace Gateway.IntegrationTests.Browser;

/// <summary>The gateway with the four simulated providers, driven by a real browser.</summary>
[Collection(nameof(Chromium))]
public abstract class BrowserTest(Chromium chromium) : IAsyncLifetime
{
    private protected ConnectApp App { get; private set; } = null!;

    private protected Visit Owner { get; private set; } = null!;

    private protected Chromium Chromium { get; } = chromium;

    public virtual async ValueTask InitializeAsync()
    {
        Owner = await Chromium.VisitAsync();
        App = await ConnectApp.StartAsync("Connect:ReturnPaths:0=/portal/");
    }

    public async ValueTask DisposeAsync()
    {
        if (Owner is not null)
        {
            await Owner.DisposeAsync();
        }

        if (App is not null)
        {
            await App.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>A link that brings every field, so that the owner enters nothing.</summary>
    private protected Task<Uri> LinkAsync(string provider) =>
        App.LinkAsync(provider, body: provider == "bipsync" ? new { fields = new { client = "acme" } } : null);

    /// <summary>From a link to the provider's page.</summary>
    private protected async Task<Uri> ArriveAtProviderAsync(string provider)
    {
        var link = await LinkAsync(provider);
        await Owner.OpenAsync(link);
        await Owner.ContinueAsync();
        await Owner.SeesAsync($"Simulated {provider}");
        return link;
    }
}
