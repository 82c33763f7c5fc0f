using System.Diagnostics;
using System.Globalization;

namespace Gateway.Testing;

/// <summary>
/// A Sentinel that monitors one primary and declares it down after one second: redis-server in Sentinel mode. Disposing ends it and removes
/// its directory.
/// </summary>
internal sealed class RedisSentinel : IAsyncDisposable
{
    public const string ServiceName = "gateway";

    private static readonly TimeSpan Patience = Eventually.Patience;

    private readonly DirectoryInfo directory;
    private RedisProcess? process;

    private RedisSentinel(DirectoryInfo directory, int port) => (this.directory, Port) = (directory, port);

    public int Port { get; }

    public string Configuration => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port},serviceName={ServiceName}");

    /// <summary>Starts it and waits until it knows the replica. Skips the running test where redis-server is not installed.</summary>
    public static async Task<RedisSentinel> StartAsync(RedisServer primary)
    {
        Assert.SkipUnless(RedisServer.IsInstalled, "needs redis-server: apt-get install redis-server");
        var sentinel = new RedisSentinel(Directory.CreateTempSubdirectory("sentinel-"), FreePort.Next());
        try
        {
            await sentinel.LaunchAsync(primary);
            return sentinel;
        }
        catch
        {
            await sentinel.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { } running)
        {
            using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -KILL {running.Id}")]);
            await kill.WaitForExitAsync();
            await running.Ended.WaitAsync(Patience);
            running.Dispose();
        }

        directory.Delete(recursive: true);
    }

    private async Task LaunchAsync(RedisServer primary)
    {
        // Sentinel rewrites this file with its state.
        var file = Path.Combine(directory.FullName, "sentinel.conf");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            port {Port}
            bind 127.0.0.1
            dir {directory.FullName}
            sentinel monitor {ServiceName} 127.0.0.1 {primary.Port} 1
            sentinel down-after-milliseconds {ServiceName} 1000
            sentinel failover-timeout {ServiceName} 5000

            """));
        process = new RedisProcess(RedisServer.Executable!, [file, "--sentinel"], readyWords: "+slave slave");
        await process.Ready.WaitAsync(Patience);
    }
}
