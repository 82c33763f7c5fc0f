using Gateway.Configuration;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationLoaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_shipped_configuration_passes_every_check()
    {
        await using var app = GatewayHosting.Build(["--config", ShippedConfiguration.File]);

        Assert.Empty(await app.LoadConfigurationAsync());
    }

    [Fact]
    public async Task No_service_of_the_gateway_writes_keys_to_the_home_directory()
    {
        await using var app = GatewayHosting.Build(["--config", ShippedConfiguration.File]);

        Assert.DoesNotContain(
            app.Services.GetServices<IHostedService>(),
            static part => part.GetType().FullName!.Contains("DataProtection", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Errors_of_sections_providers_and_routes_are_reported_together()
    {
        var errors = await LoadAsync($$"""
            {
              "Connect": { "Url": "x" },
              "Providers": { "p": { {{Read.Secret}}, "Pkce": true } },
              "ReverseProxy": { "Routes": { "r": { "ClusterId": "none", "Match": { "Path": "/x" },
                "Transforms": [{ "Credential": "q" }] } } }
            }
            """);

        Assert.Equal("Connect:Url: unknown key; known are Logo, Name, PublicUrl, ReturnPaths, TrustedProxies", errors[0]);
        Assert.Equal("Providers:p:Pkce: belongs to Kind OAuth2 only", errors[1]);
        Assert.Contains(errors.Skip(2), static error => error.Contains("'q'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refused_origin_is_reported_once_and_not_for_each_of_its_routes() => Assert.Equal(
        ["Providers:p:Origin: 'ftp://x' is not an absolute https URI (http to loopback only) without user information, query or fragment"],
        await LoadAsync("""
            {
              "Providers": { "p": { "Kind": "Secret", "Origin": "ftp://x", "Inject": { "Headers": { "T": "{t}" } } } },
              "ReverseProxy": {
                "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [{ "Credential": "P" }] } },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "https://x.example" } } } }
              }
            }
            """));

    [Fact]
    public async Task A_password_in_a_destination_is_not_shown()
    {
        var errors = await LoadAsync($$"""
            {
              "Providers": { "p": { {{Read.Secret}} } },
              "ReverseProxy": {
                "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [{ "Credential": "p" }] } },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "https://user:canary@api.example.com" } } } }
              }
            }
            """);

        Assert.Contains("//***@api.example.com", Assert.Single(errors), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_that_YARP_cannot_read_is_an_error_and_no_crash()
    {
        var error = Assert.Single(
            await LoadAsync(
                """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Order": "first", "Match": { "Path": "/x" } } } } }"""));

        Assert.StartsWith("ReverseProxy: YARP can't read it: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "\"Credential\": \"p\", \"Replay\": { \"a\": 1 }", "ReverseProxy:Routes:r:Transforms:0:Replay: '' is none of Always, Safe, Never")]
    [InlineData(
        "\"Credential\": \"p\", \"Scope\": [\"a\"], \"Replay\": \"\"",
        "ReverseProxy:Routes:r:Transforms:0:Replay: '' is none of Always, Safe, Never")]
    [InlineData("\"Credential\": { \"p\": 1 }", "ReverseProxy:Routes:r:Transforms:0:Credential: '' is no configured provider")]
    public async Task A_transform_without_a_text_is_an_error_and_no_crash(string transform, string error) => Assert.Contains(
        error,
        await LoadAsync($$"""
            {
              "Providers": { "p": { {{Read.Secret}} } },
              "ReverseProxy": {
                "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [{ {{transform}} }] } },
                "Clusters": { "c": { "Destinations": { "d": { "Address": "https://api.example.com" } } } }
              }
            }
            """),
        StringComparer.Ordinal);

    [Fact]
    public async Task A_destination_without_an_address_is_an_error_and_no_crash() => Assert.Contains(
        "ReverseProxy:Clusters:c:Destinations:d:Address: '' is not the Origin 'https://api.example.com' of provider 'p', whose credential "
            + "route 'r' sends there",
        await LoadAsync($$"""
            {
              "Providers": { "p": { {{Read.Secret}} } },
              "ReverseProxy": {
                "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [{ "Credential": "p" }] } },
                "Clusters": { "c": { "Destinations": { "d": { "Health": "https://api.example.com" } } } }
              }
            }
            """),
        StringComparer.Ordinal);

    [Theory]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "Loud" } } }""",
        "Logging:LogLevel:Default: 'Loud' is none of Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("""{ "Logging": { "Console": { "LogLevel": { "Gateway": "Loud" } } } }""",
        "Logging:Console:LogLevel:Gateway: 'Loud' is none of Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData(
        """{ "Forwarding": { "ReplayMemory": "64MiB" } }""", "Forwarding:ReplayMemory: '64MiB' is not a whole number of bytes from 0 on")]
    public async Task Values_that_the_framework_cannot_bind_are_an_error_and_no_crash(string json, string error) =>
        Assert.Equal([error], await LoadAsync(json));

    private async Task<IReadOnlyList<string>> LoadAsync(string json)
    {
        await using var app = GatewayHosting.Build(["--config", _directory.Write("gateway.json", json)]);
        return await app.LoadConfigurationAsync();
    }
}
