using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

/// <summary>A separate simulated Bokio for each test, on a manual clock.</summary>
public abstract class BokioTests : IAsyncLifetime
{
    private protected HttpClient Http { get; } = SimulatedClient.Create();

    private protected ManualClock Time { get; } = new();

    private protected SimulatedBokio Bokio { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Bokio = await SimulatedBokio.StartAsync(new SimulationOptions { Time = Time });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Bokio.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<TokenAnswer> TokenAsync(RegisteredClient? basic, params (string Name, string Value)[] fields) =>
        Http.TokenAsync(Bokio.TokenEndpoint, basic, fields);

    private protected Task<TokenAnswer> RefreshAsync(string token) =>
        TokenAsync(Bokio.Client, ("grant_type", "refresh_token"), ("refresh_token", token));

    private protected Uri CompanyUrl(string rest) => new(Bokio.Api.Address, $"/v1/companies/{Bokio.Company("acme").Id}/{rest}");

    private protected Task<HttpResponseMessage> CompanyAsync(string rest, string? token) =>
        Http.CallAsync(HttpMethod.Get, CompanyUrl(rest), token);
}
