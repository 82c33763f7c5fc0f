using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

namespace Gateway.Testing;

/// <summary>The built gateway in a separate process, for tests of several instances, of stops and of crashes.</summary>
internal sealed class GatewayProcess : IAsyncDisposable
{
    public const string AdminKey = "test-admin-key-5f1c0a7e";

    private readonly Process _process;
    private readonly string _directory;
    private readonly StringBuilder _output = new(); // Written by two reader threads, read by the test; locked on itself.

    private GatewayProcess(Process process, string directory, int proxyPort, int adminPort)
    {
        _process = process;
        _directory = directory;
        Proxy = new HttpClient(Handler()) { BaseAddress = new Uri($"http://127.0.0.1:{proxyPort}") };
        Admin = new HttpClient(Handler()) { BaseAddress = new Uri($"http://127.0.0.1:{adminPort}") };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    public HttpClient Proxy { get; }

    /// <summary>Sends the admin key.</summary>
    public HttpClient Admin { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything printed so far, standard output and error.</summary>
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

    /// <summary>Starts a gateway and waits until it is ready. A live gateway that has not reached its store yet answers 503.</summary>
    /// <param name="configuration">The text of a gateway.json without Kestrel and Admin.</param>
    /// <param name="settings">Further command-line settings, <c>Store:Redis=…</c>.</param>
    public static Task<GatewayProcess> StartAsync(string configuration, params string[] settings) =>
        StartAsync("/health/ready", configuration, settings);

    /// <summary>As <see cref="StartAsync(string, string[])"/>, until it is live: for starts while the store is unavailable.</summary>
    public static Task<GatewayProcess> StartLiveAsync(string configuration, params string[] settings) =>
        StartAsync("/health/live", configuration, settings);

    private static async Task<GatewayProcess> StartAsync(string probe, string configuration, string[] settings)
    {
        var gateway = Launch(configuration, settings);
        await gateway.AnswersAsync(probe);
        return gateway;
    }

    /// <summary>As <see cref="StartAsync(string, string[])"/>, without waiting: for starts that fail.</summary>
    public static GatewayProcess Launch(string configuration, params string[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-test").FullName;
        var file = Path.Combine(directory, "gateway.json");
        File.WriteAllText(file, configuration);
        var (proxyPort, adminPort) = (FreePort.Next(), FreePort.Next());
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Gateway.dll"), "--config", file,
            $"Kestrel:Endpoints:Proxy:Url=http://127.0.0.1:{proxyPort}", $"Kestrel:Endpoints:Admin:Url=http://127.0.0.1:{adminPort}",
            $"Kestrel:Endpoints:Connect:Url=http://127.0.0.1:{FreePort.Next()}", $"Admin:Key={AdminKey}", $"Store:Path={directory}/data",
            .. settings,
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var gateway = new GatewayProcess(Process.Start(start)!, directory, proxyPort, adminPort);
        gateway.ReadOutput();
        return gateway;
    }

    /// <summary>Waits until a probe succeeds.</summary>
    public Task AnswersAsync(string probe) =>
        Eventually.TrueAsync(() => IsAnsweredAsync(probe), () => $"The gateway does not answer {probe}:\n{Output}");

    public async Task PutConnectionAsync(string provider, string name, object grant)
    {
        using var answer = await Admin.PutAsJsonAsync($"/connections/{provider}/{name}", grant);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Asks the process to stop (SIGTERM) and waits until it has; returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal(15);
        return await WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(Eventually.Patience); // Twice the time that a gateway has for stopping.
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    public void Freeze() => Signal(19);

    public void Resume() => Signal(18);

    public async ValueTask DisposeAsync()
    {
        Proxy.Dispose();
        Admin.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static SocketsHttpHandler Handler() => new() { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };

    private async Task<bool> IsAnsweredAsync(string probe)
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"The gateway ended with {_process.ExitCode}:\n{Output}");
        }

        try
        {
            using var answer = await Admin.GetAsync(probe);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void ReadOutput()
    {
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Append(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }

    private void Signal(int number) => Assert.Equal(0, SendSignal(_process.Id, number));

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
