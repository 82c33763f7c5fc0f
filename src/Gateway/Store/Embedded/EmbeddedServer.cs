using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;

using Garnet;

namespace Gateway.Store.Embedded;

/// <summary>
/// Garnet inside this process, for those who have no Redis: on a loopback port of its own choice, behind a random password that never
/// leaves the process. A write is answered when it is in the append-only file, so it outlives a SIGKILL. What does not fit in memory goes
/// to disk, not away, and a checkpoint shortens the file each time it has grown enough.
/// </summary>
internal sealed class EmbeddedServer : IDisposable
{
    private const int PortAttempts = 5;

    private readonly GarnetServer _server;
    private readonly IDisposable _folderLock;

    static EmbeddedServer() => AssemblyLoadContext.Default.ResolvingUnmanagedDll += static (_, name) => name == "lua54" ? LoadLua() : 0;

    private EmbeddedServer(GarnetServer server, IDisposable folderLock, string configuration)
    {
        _server = server;
        _folderLock = folderLock;
        Configuration = configuration;
    }

    /// <summary>How to reach it: as in <see cref="StoreOptions.Redis"/>.</summary>
    public string Configuration { get; }

    /// <summary>Starts it on a folder, with what it held before. Blocks while it reads.</summary>
    /// <exception cref="IOException">Another process uses the folder, or what is in it can't be read.</exception>
    public static EmbeddedServer Start(StoreDirectory directory)
    {
        var folderLock = directory.Lock();
        try
        {
            var password = RandomNumberGenerator.GetHexString(64, lowercase: true);
            var (server, port) = StartOnFreePort(directory.Data, password);
            return new EmbeddedServer(server, folderLock, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port},password={password}"));
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _server.Dispose();
        _folderLock.Dispose();
    }

    private static (GarnetServer Server, int Port) StartOnFreePort(string folder, string password)
    {
        // Between asking for a free port and binding it somebody else may take it.
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var server = new GarnetServer(Arguments(port, folder, password));
            try
            {
                server.Start();
                return (server, port);
            }
            catch (SocketException) when (attempt < PortAttempts)
            {
                server.Dispose();
            }
        }
    }

    private static string[] Arguments(int port, string folder, string password) =>
    [
        "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--auth", "Password", "--password", password,
        "-q", "--disable-console-logger", "--max-databases", "1", "--slowlog-max-len", "0",

        // A script that waits for a key that another has locked keeps its thread. On one core there would be no second one, for half a second.
        "--minthreads", "8", "--miniothreads", "8",

        // Records in memory, older ones on disk: without the tier Garnet drops what exceeds the memory. The sorted sets count too and are
        // always in use: where they do not fit (64 MiB are good for 140 000 connections, 32 for 65 000) Garnet writes them out and reads
        // them back without end.
        "--memory", "64m", "--page", "1m", "--index", "4m", "--storage-tier", "--logdir", folder, "--segment", "64m", "--compaction-type", "Lookup",

        // Every write is in the file before its answer; past the limit a checkpoint is taken and the file shortened.
        "--aof", "--aof-commit-wait", "--aof-memory", "8m", "--aof-page-size", "2m", "--aof-segment-size", "32m", "--aof-size-limit", "64m",
        "--checkpointdir", folder, "--recover", "--fail-on-recovery-error", "--device-type", "RandomAccess",

        // A script locks its keys: without that Garnet runs scripts of different connections side by side.
        "--lua", "--lua-transaction-mode", "--expired-key-deletion-scan-freq", "300",
    ];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // The runtime looks for native libraries where packages with runtime folders put them; Garnet's package is not one of those.
    private static nint LoadLua()
    {
        var file = OperatingSystem.IsWindows() ? "lua54.dll" : OperatingSystem.IsMacOS() ? "liblua54.dylib" : "liblua54.so";
        var platform = OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsWindows() ? "win" : "linux";
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "-arm64" : "-x64";
        var folder = OperatingSystem.IsMacOS() ? platform : platform + architecture;
        return NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "runtimes", folder, "native", file), out var library) ? library : 0;
    }
}
