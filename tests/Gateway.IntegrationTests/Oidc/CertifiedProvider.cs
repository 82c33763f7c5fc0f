using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gateway.IntegrationTests.Oidc;

/// <summary>The authorization server and the API of <c>server.mjs</c>, in a separate process.</summary>
internal sealed class CertifiedProvider : IAsyncDisposable
{
    private static readonly string Home = RepositoryFiles.PathOf("tests/Gateway.IntegrationTests/Oidc");

    private const int OldestNode = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private CertifiedProvider(Process process, JsonNode places)
    {
        _process = process;
        Issuer = new Uri((string)places["issuer"]!);
        Api = new Uri((string)places["api"]!);
    }

    public Uri Issuer { get; }

    /// <summary>Answers with the owner of the token; 401 when the authorization server does not confirm it.</summary>
    public Uri Api { get; }

    /// <summary>Skips the running test where node or the package is missing.</summary>
    public static async Task<CertifiedProvider> StartAsync()
    {
        Assert.SkipUnless(
            IsInstalled,
            "needs node 20 or newer and oidc-provider: apt-get install nodejs npm; npm ci --prefix tests/Gateway.IntegrationTests/Oidc");
        var process = Process.Start(new ProcessStartInfo("node", [Path.Combine(Home, "server.mjs")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return new CertifiedProvider(process, JsonNode.Parse(await ReadAsync(process))!);
    }

    /// <summary>Registers the gateway's clients and starts.</summary>
    public Task OpenAsync(params CertifiedClient[] clients) => OrderAsync(new { clients });

    /// <summary>Invalidates an access token only; the server's revocation endpoint would also revoke the refresh token.</summary>
    public Task ForgetAsync(string token) => OrderAsync(new { forget = token });

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool IsInstalled => Directory.Exists(Path.Combine(Home, "node_modules", "oidc-provider")) && MajorOfNode() >= OldestNode;

    // 0 when there is none.
    private static int MajorOfNode()
    {
        try
        {
            using var node = Process.Start(
                new ProcessStartInfo(
                    "node", ["--print", "parseInt(process.versions.node)"])
                { UseShellExecute = false, RedirectStandardOutput = true })!;
            return int.Parse(node.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
        }
        catch (Win32Exception)
        {
            return 0;
        }
    }

    private async Task OrderAsync(object order)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, JsonSerializerOptions.Web));
        await _process.StandardInput.FlushAsync();

        // The server's own notices may precede this line.
        while (await ReadAsync(_process) != "done")
        {
        }
    }

    private static async Task<string> ReadAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience)
        ?? throw new InvalidOperationException("The authorization server ended.");
}
