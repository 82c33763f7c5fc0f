using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>
/// A <c>redis-server</c> process on a free loopback port, with a temporary directory. Started by <see cref="StartAsync"/>; disposing ends
/// the process and removes the directory. Not for concurrent use.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const int PortAttempts = 5;
    private static readonly TimeSpan Patience = Eventually.Patience;
    private readonly string[] arguments;
    private RedisProcess? process;

    private RedisServer(DirectoryInfo directory, string? password, bool tls, string[] arguments)
    {
        Directory = directory.FullName;
        Password = password;
        IsTls = tls;
        this.arguments = arguments;
    }

    /// <summary>The path of <c>redis-server</c>; null when it is not on the PATH.</summary>
    internal static readonly string? Executable = FindExecutable();

    /// <summary>Whether <c>redis-server</c> is on the PATH.</summary>
    public static bool IsInstalled => Executable is not null;

    public int Port { get; private set; }

    /// <summary>Where the data and, with TLS, the certificate (<c>server.pem</c>) lie. Removed by disposing.</summary>
    public string Directory { get; }

    public string? Password { get; }

    public bool IsTls { get; }

    public EndPoint EndPoint => new IPEndPoint(IPAddress.Loopback, Port);

    /// <summary>The Unix socket, open in addition to the port.</summary>
    public string UnixSocket => Path.Combine(Directory, "redis.sock");

    /// <summary>The configuration string that StackExchange.Redis takes: <c>127.0.0.1:port[,password=…][,ssl=true]</c>.</summary>
    public string Configuration =>
        string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}")
        + (Password is null ? "" : $",password={Password}")
        + (IsTls ? ",ssl=true" : "");

    /// <summary>
    /// Starts a server and waits until it accepts connections. Skips the running test where redis-server is not installed.
    /// </summary>
    /// <param name="password">What clients must present; <c>null</c> for none.</param>
    /// <param name="appendOnly">Keeps every acknowledged write across <see cref="KillAsync"/>; otherwise nothing is kept.</param>
    /// <param name="certificate">With an exportable private key: the port then speaks TLS only, without client certificates.</param>
    /// <param name="arguments">Further arguments, as on the command line: <c>"--maxmemory", "10mb"</c>.</param>
    public static async Task<RedisServer> StartAsync(
        string? password = null, bool appendOnly = false, X509Certificate2? certificate = null, params string[] arguments)
    {
        Assert.SkipUnless(IsInstalled, "needs redis-server: apt-get install redis-server");
        var directory = System.IO.Directory.CreateTempSubdirectory("redis-");
        string[] all =
        [
            "--save", "", "--dir", directory.FullName, "--bind", "127.0.0.1", "--unixsocket",
            Path.Combine(directory.FullName, "redis.sock"),
            .. password is null ? Array.Empty<string>() : ["--requirepass", password],
            .. appendOnly ? ["--appendonly", "yes", "--appendfsync", "always"] : Array.Empty<string>(),
            .. certificate is null ? [] : TlsArguments(directory, certificate),
            .. arguments,
        ];
        var server = new RedisServer(directory, password, certificate is not null, all);
        try
        {
            await server.StartOnFreePortAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a command to this server itself, also when it is a replica or part of a cluster, on a new connection.</summary>
    public async Task<RedisResult> AskAsync(string command, params object[] words)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync(Configuration + ",allowAdmin=true");
        return await client.GetServer(EndPoint).ExecuteAsync(command, words);
    }

    /// <summary>SIGTERM: an orderly stop.</summary>
    public Task StopAsync() => EndAsync("TERM");

    /// <summary>SIGKILL: connections break, nothing more is written.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>SIGSTOP: connections stay open without an answer until <see cref="ResumeAsync"/>.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Starts again on the same port and directory; ends it first (SIGKILL) if it still runs.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await LaunchAsync(Port);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task StartOnFreePortAsync()
    {
        // Another process may bind the port between the query and the start.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await LaunchAsync(FreePort.Next());
                return;
            }
            catch (InvalidOperationException e) when (
                attempt < PortAttempts && e.Message.Contains("in use", StringComparison.OrdinalIgnoreCase))
            {
                await KillAsync();
            }
        }
    }

    private async Task LaunchAsync(int port)
    {
        Port = port;
        var number = port.ToString(CultureInfo.InvariantCulture);
        string[] listen = IsTls ? ["--port", "0", "--tls-port", number] : ["--port", number];
        process = new RedisProcess(Executable!, [.. listen, .. arguments]);
        await process.Ready.WaitAsync(Patience);
    }

    private async Task EndAsync(string signal)
    {
        if (process is null)
        {
            return;
        }

        await SignalAsync(signal);
        await process.Ended.WaitAsync(Patience);
        process.Dispose();
        process = null;
    }

    private async Task SignalAsync(string signal)
    {
        var running = process ?? throw new InvalidOperationException("The server does not run.");
        if (!running.Ended.IsCompleted)
        {
            using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {running.Id}")]);
            await kill.WaitForExitAsync();
        }
    }

    private static string[] TlsArguments(DirectoryInfo directory, X509Certificate2 certificate)
    {
        var pem = Path.Combine(directory.FullName, "server.pem");
        var key = Path.Combine(directory.FullName, "server.key");
        using AsymmetricAlgorithm secret = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(pem, certificate.ExportCertificatePem());
        File.WriteAllText(key, secret.ExportPkcs8PrivateKeyPem());
        return ["--tls-cert-file", pem, "--tls-key-file", key, "--tls-ca-cert-file", pem, "--tls-auth-clients", "no"];
    }

    private static string? FindExecutable() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, "redis-server"))
            .FirstOrDefault(File.Exists);
}
