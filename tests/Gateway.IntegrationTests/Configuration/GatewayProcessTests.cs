using System.Diagnostics;

namespace Gateway.IntegrationTests.Configuration;

public sealed class GatewayProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_bad_configuration_ends_the_process_with_1_and_every_error_on_its_own_line()
    {
        var file = _directory.Write("gateway.json", """
            {
              "Kestrel": { "Endpoints": { "Proxy": { "Url": "http://0.0.0.0:0" } } },
              "Providers": { "p": { "Kind": "Secret", "Origin": "ftp://x", "ClientSecret": "canary" } }
            }
            """);

        var (exitCode, output, errors) = await RunAsync("--config", file);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            [
                "Kestrel:Endpoints:Proxy:Url: 'http://0.0.0.0:0' is open to other machines, which takes an Admin:Key",
                "Providers:p:Origin: 'ftp://x' is not an absolute https URI (http to loopback only) without user information, query or "
                    + "fragment",
                "Providers:p:ClientSecret: belongs to Kind OAuth2 only",
            ],
            errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[..3]);
        Assert.DoesNotContain("canary", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_file_ends_the_process_with_1()
    {
        var missing = _directory.At("missing.json");

        var (exitCode, _, errors) = await RunAsync("--config", missing);

        Assert.Equal(1, exitCode);
        Assert.Equal($"{missing}: no such file; --config FILE names another", errors.Trim());
    }

    [Fact]
    public async Task An_address_that_is_taken_ends_the_process_with_1()
    {
        await using var other = await RunningGateway.StartAsync("{}");
        var taken =
            Gateway.Configuration.Listeners.ListenerExtensions.AddressOf(other.App, Gateway.Configuration.Listeners.GatewayListener.Proxy);

        var (exitCode, _, errors) = await RunAsync(
            "--config", _directory.Write("gateway.json", "{}"), $"--Store:Path={_directory.At("data")}",
            $"--Kestrel:Endpoints:Proxy:Url={taken}", "--Kestrel:Endpoints:Admin:Url=http://127.0.0.1:0",
            "--Kestrel:Endpoints:Connect:Url=http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains("address already in use", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invalid_certificate_ends_the_process_with_1()
    {
        var (exitCode, _, errors) = await RunAsync(
            "--config", _directory.Write("gateway.json", "{}"), $"--Store:Path={_directory.At("data")}",
            "--Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:Admin:Url=http://127.0.0.1:0",
            "--Kestrel:Endpoints:Connect:Url=https://127.0.0.1:0",
            $"--Kestrel:Endpoints:Connect:Certificate:Path={_directory.Write("connect.pfx", "canary")}");

        Assert.Equal(1, exitCode);
        Assert.NotEmpty(errors);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_use_by_another_process_ends_the_process_with_1()
    {
        Directory.CreateDirectory(_directory.At("data"));
        await using var other =
            new FileStream(_directory.At("data/gateway.lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        var (exitCode, _, errors) = await RunAsync(
            "--config", _directory.Write("gateway.json", "{}"), $"--Store:Path={_directory.At("data")}",
            "--Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:Admin:Url=http://127.0.0.1:0",
            "--Kestrel:Endpoints:Connect:Url=http://127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains("in use by another process", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Gateway.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.Path,
        };
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill();
        }
    }
}
