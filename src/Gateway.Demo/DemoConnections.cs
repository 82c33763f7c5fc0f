using System.Net.Http.Headers;

using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>Creates one connection for each provider through the admin API, like an operator.</summary>
internal sealed class DemoConnections(Uri admin, string adminKey) : IDisposable
{
    public const string Account = "demo-company";

    private readonly HttpClient _operator = new()
    {
        BaseAddress = admin,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", adminKey) },
    };

    public async Task PutAllAsync(SimulatedProviders providers)
    {
        await PutAsync("bokio", Tokens(providers.Bokio.Connect(Account), new { tenant_id = providers.Bokio.Company(Account).Id }));
        await PutAsync("bokio-private", new { fields = new { token = providers.Bokio.IssueIntegrationToken(Account) } });
        await PutAsync("bexio", Tokens(providers.Bexio.Connect(Account)));
        await PutAsync("bipsync", Tokens(providers.Bipsync.Connect("demo"), new { client = "demo" }));
        await PutAsync("bookeo", new { fields = new { apiKey = providers.Bookeo.Install(Account).ApiKey } });
    }

    public void Dispose() => _operator.Dispose();

    private static object Tokens(IssuedTokens tokens, object? fields = null) => new
    {
        refreshToken = tokens.RefreshToken,
        accessToken = tokens.AccessToken,
        expiresIn = (int)tokens.Lifetime.TotalSeconds,
        scope = string.Join(' ', tokens.Scopes),
        fields = fields ?? new { },
    };

    private async Task PutAsync(string provider, object grant)
    {
        using var answer = await _operator.PutAsJsonAsync($"/connections/{provider}/default", grant);
        answer.EnsureSuccessStatusCode();
    }
}
