using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>
/// The gateway's command line for the demo: the shipped configuration, with the hosts and client credentials of the simulated
/// providers. Paths, scopes, client authentication and headers are those of the real providers.
/// </summary>
internal static class DemoSettings
{
    public static string[] For(SimulatedProviders providers, DemoPorts ports, string adminKey, string dataPath) =>
    [
        "--config", Path.Combine(AppContext.BaseDirectory, "config", "gateway.json"),
        $"Admin:Key={adminKey}", $"Store:Path={dataPath}", $"Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:{ports.Proxy}",
        $"Kestrel:Endpoints:Admin:Url=http://127.0.0.1:{ports.Admin}", $"Kestrel:Endpoints:Connect:Url=http://127.0.0.1:{ports.Connect}",
        "Connect:PublicUrl=", "Connect:Name=Demo Ltd",
        "Logging:LogLevel:Default=Warning", "Logging:LogLevel:Gateway.Configuration=Error",
        .. Bokio(providers.Bokio), .. Bexio(providers.Bexio), .. Bipsync(providers.Bipsync), .. Bookeo(providers.Bookeo),
    ];

    private static IEnumerable<string> Bokio(SimulatedBokio bokio) =>
    [
        .. Client("bokio", bokio.Client, bokio.TokenEndpoint), $"Providers:bokio:AuthorizationEndpoint={bokio.AuthorizationEndpoint}",
        .. Client("bokio-general", bokio.Client, bokio.TokenEndpoint),
        .. Origin(bokio.Api.Address, "bokio", "bokio", "bokio-general", "bokio-private"),
    ];

    private static IEnumerable<string> Bexio(SimulatedBexio bexio) =>
    [
        .. Client("bexio", bexio.Client, bexio.TokenEndpoint), $"Providers:bexio:AuthorizationEndpoint={bexio.AuthorizationEndpoint}",
        $"Providers:bexio:Issuer={bexio.Issuer}", $"Providers:bexio:Discovery={bexio.Issuer}/.well-known/openid-configuration",
        .. Origin(bexio.Api.Address, "bexio", "bexio"),
    ];

    private static IEnumerable<string> Bipsync(SimulatedBipsync bipsync) =>
    [
        .. Client("bipsync", bipsync.Client, "http://{client}-api.bipsync.localhost:" + bipsync.Api.Address.Port + "/v1/oauth/token"),
        "Providers:bipsync:AuthorizationEndpoint=http://{client}.bipsync.localhost:" + bipsync.Api.Address.Port + "/oauth/authorization",
        .. Origin("http://{client}-api.bipsync.localhost:" + bipsync.Api.Address.Port + "/", "bipsync", "bipsync", "bipsync-token"),
    ];

    private static IEnumerable<string> Bookeo(SimulatedBookeo bookeo) =>
    [
        $"Providers:bookeo:Secrets:secretKey={bookeo.SecretKey}", $"Providers:bookeo:Onboarding:AuthorizationUrl={bookeo.InstallUrl}",
        .. Origin(bookeo.Api.Address, "bookeo", "bookeo"),
    ];

    private static IEnumerable<string> Client(string provider, RegisteredClient client, object tokenEndpoint) =>
    [
        $"Providers:{provider}:ClientId={client.Id}", $"Providers:{provider}:ClientSecret={client.Secret}",
        $"Providers:{provider}:TokenEndpoint={tokenEndpoint}",
    ];

    private static IEnumerable<string> Origin(object origin, string cluster, params string[] providers) =>
        providers.Select(provider => $"Providers:{provider}:Origin={origin.ToString()!.TrimEnd('/')}")
            .Append($"ReverseProxy:Clusters:{cluster}:Destinations:api:Address={origin}");
}
