using System.Text;

using Gateway.IntegrationTests.Store.Redis;
using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store;

/// <summary>A canary in every secret field must not appear anywhere that a server shows or stores its data.</summary>
public sealed class CanaryTests
{
    private const string Canary = "cAnArY-in-every-SeCrEt-FiElD";

    private static readonly string[] Disguises =
    [
        Canary, Convert.ToHexString(Encoding.UTF8.GetBytes(Canary)), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Canary)),
        .. Base64Forms(Canary), Convert.ToBase64String(Encoding.UTF8.GetBytes(StoreHost.Key)), StoreHost.Key,
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_appears_on_Redis()
    {
        await using var server =
            await RedisServer.StartAsync(appendOnly: true, arguments: ["--slowlog-log-slower-than", "0", "--slowlog-max-len", "10000"]);
        using var monitor = await RedisMonitor.StartAsync(server.Port);
        IReadOnlyCollection<string> logs;
        await using (var host = await StoreHost.OnRedisAsync(server.Configuration))
        {
            await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
            await LiveAsync(host);
            logs = host.Logs.Lines;
        }

        await using var admin = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        var (db, endpoint) = (admin.GetDatabase(), admin.GetServers()[0]);
        await db.ExecuteAsync("SAVE");
        var keys = endpoint.Keys().ToList();
        await db.ExecuteAsync("ECHO", "end-of-life");
        var commands = await monitor.ReadUntilAsync("end-of-life");

        // Public values do appear, which shows that these are the right places to search.
        Assert.Contains("scopes", commands, StringComparison.Ordinal);
        AssertClean("MONITOR", commands);
        AssertClean(
            "SLOWLOG",
            string.Join(
                '\n', (await endpoint.SlowlogGetAsync(10_000)).SelectMany(static entry => entry.Arguments)
                    .Select(static part => part.ToString())));
        AssertClean("CLIENT LIST", (await db.ExecuteAsync("CLIENT", "LIST")).ToString()!);
        AssertClean("keys", string.Join('\n', keys));
        foreach (var key in keys)
        {
            AssertClean($"DUMP {key}", Encoding.Latin1.GetString((await db.KeyDumpAsync(key))!));
        }

        AssertClean("logs", string.Join('\n', logs));
        Assert.True(AssertFilesClean(server.Directory, "*.aof") > 0);
        Assert.True(AssertFilesClean(server.Directory, "*.rdb") > 0);
    }

    [Fact]
    public async Task No_secret_appears_in_the_files_of_the_embedded_server()
    {
        using var folder = new TemporaryDirectory();
        await using (var host = await StoreHost.StartAsync(("Store:Path", folder.Path), ("Store:EncryptionKeys:0", StoreHost.Key)))
        {
            await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
            await LiveAsync(host);
            AssertClean("logs", string.Join('\n', host.Logs.Lines));
        }

        Assert.True(AssertFilesClean(folder.Path, "*") > 0);
    }

    // Every kind of change: connecting, refreshing, failing, a dead grant, replacement, removal.
    private static async Task LiveAsync(StoreHost host)
    {
        var id = Samples.NewId();
        var store = host.Store;
        await store.TryWriteAsync(Samples.Connection(id, 1, Canary), 0, Cancel);
        var lease = await store.TryLeaseAsync(id, TimeSpan.FromMinutes(1), Cancel);
        await store.TryWriteAsync(Samples.Connection(id, 2, Canary) with { Fence = lease!.Fence }, 1, Cancel);
        await store.RenewAsync(lease, TimeSpan.FromMinutes(1), Cancel);
        await store.ReleaseAsync(lease, Cancel);
        await store.TryWriteAsync(Samples.Connection(id, 2, Canary).Dead() with { Fence = lease.Fence }, 2, Cancel);
        await store.TryWriteAsync(Samples.Connection(id, 3, Canary) with { Fence = lease.Fence }, 2, Cancel);
        await store.TryWriteAsync(Samples.Connection(id with { Name = "removed" }, 1, Canary), 0, Cancel);
        await store.RemoveAsync(id with { Name = "removed" }, Cancel);
        await host.Cache.SetAsync("mark", Encoding.UTF8.GetBytes(Canary), Cancel);
        Assert.Equal($"token-{Canary}-3", (await store.ReadAsync(id, Cancel))!.Token!.Value.Reveal());
        Assert.Single(await store.ListAsync(new ConnectionQuery(id.Provider, null, null, 10), Cancel));
    }

    private static int AssertFilesClean(string folder, string pattern)
    {
        var files = Directory.GetFiles(folder, pattern, SearchOption.AllDirectories)
            .Where(static file => new FileInfo(file).Length > 0).ToList();
        foreach (var file in files)
        {
            AssertClean(file, Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        }

        return files.Count;
    }

    private static void AssertClean(string where, string text)
    {
        foreach (var disguise in Disguises)
        {
            Assert.False(text.Contains(disguise, StringComparison.Ordinal), $"{where} shows {disguise}.");
        }
    }

    // The constant part of a text in Base64, for each of the three offsets in a group of bytes.
    private static IEnumerable<string> Base64Forms(string text) => Enumerable.Range(0, 3).Select(shift =>
    {
        var bytes = Encoding.UTF8.GetBytes(new string('-', shift) + text);
        return Convert.ToBase64String(bytes)[((shift + 2) / 3 * 4)..(bytes.Length / 3 * 4)];
    });
}
