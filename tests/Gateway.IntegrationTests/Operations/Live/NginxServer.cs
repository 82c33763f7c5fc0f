using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>A genuine <c>nginx</c> with <c>config/nginx/gateway.conf</c>, with the names and ports of a test.</summary>
internal sealed class NginxServer : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringBuilder _output = new(); // written by two reader threads, read by the test: guarded by itself
    private readonly Process _process;

    private NginxServer(int first, int second)
    {
        var site = _directory.Write("site.conf", Site(first, second));
        var main = _directory.Write("nginx.conf", $$"""
            daemon off; master_process off; pid {{_directory.At("pid")}}; events { }
            http {
              client_body_temp_path {{_directory.At("b")}}; proxy_temp_path {{_directory.At("p")}};
              fastcgi_temp_path {{_directory.At("f")}};
              uwsgi_temp_path {{_directory.At("u")}}; scgi_temp_path {{_directory.At("s")}}; include {{site}};
            }
            """);
        _process = Process.Start(new ProcessStartInfo("nginx", ["-p", _directory.Path, "-c", main, "-e", "stderr"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The port of the server for routes.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>The port of the server for onboarding.</summary>
    public int ConnectPort { get; } = FreePort.Next();

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <param name="first">The loopback port used as gateway-1.</param>
    /// <param name="second">The loopback port used as gateway-2.</param>
    public static async Task<NginxServer> StartAsync(int first, int second)
    {
        Assert.SkipUnless(IsInstalled, "needs nginx: apt-get install nginx");
        var server = new NginxServer(first, second);
        await Eventually.TrueAsync(server.ListensAsync, () => server.Output);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Dispose();
    }

    private static bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(static folder => File.Exists(Path.Combine(folder, "nginx")));

    private string Site(int first, int second)
    {
        var site = RepositoryFiles.Read("config/nginx/gateway.conf");
        foreach (var port in new[] { "8080", "8081", "8082", "8083" })
        {
            var own = port switch { "8080" => Port, "8082" => ConnectPort, _ => FreePort.Next() };
            site = site.Replace(
                $"listen {port};", string.Create(CultureInfo.InvariantCulture, $"listen 127.0.0.1:{own};"), StringComparison.Ordinal)
                .Replace($"gateway-1:{port}", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{first}"), StringComparison.Ordinal)
                .Replace($"gateway-2:{port}", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{second}"), StringComparison.Ordinal);
        }

        return site;
    }

    private async Task<bool> ListensAsync()
    {
        Assert.False(_process.HasExited, Output);
        try
        {
            using var connection = await RawClient.ConnectAsync(Port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
