using System.Net.NetworkInformation;
using System.Net.Sockets;

using Gateway.Store.Embedded;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tests.Store.Embedded;

public sealed class EmbeddedServerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Waiting_scripts_leave_threads_for_the_running_one()
    {
        await using var host = await StartAsync(_folder.Path);

        ThreadPool.GetMinThreads(out var workers, out var completions);
        Assert.True(workers >= 8 && completions >= 8, $"{workers} and {completions}");
    }

    [Fact]
    public async Task A_store_with_only_a_path_configured_is_ready_after_start()
    {
        await using var host = await StartAsync(_folder.Path);
        var written = await host.Store.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel);

        Assert.Equal(written!.Token, (await host.Store.ReadAsync(written.Id, Cancel))!.Token);
        Assert.True(host.Readiness.IsReady);

        // 1101 is logged if the server was not ready at the first check, which depends on the machine.
        Assert.DoesNotContain(host.Logs.Entries, static line => line.Level == LogLevel.Warning && line.EventId != 1101);
    }

    [Fact]
    public async Task Every_record_is_there_after_a_restart()
    {
        var id = Samples.NewId();
        await using (var host = await StartAsync(_folder.Path))
        {
            await host.Store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
            await host.Store.TryWriteAsync(Samples.Connection(id, 2), 1, Cancel);
            await host.Store.TryWriteAsync(Samples.Connection(id with { Name = "gone" }), 0, Cancel);
            await host.Store.RemoveAsync(id with { Name = "gone" }, Cancel);
            await host.Cache.SetAsync("mark", [1], Cancel);
        }

        await using var again = await StartAsync(_folder.Path);
        Assert.Equal("token-x-2", (await again.Store.ReadAsync(id, Cancel))!.Token!.Value.Reveal());
        Assert.Equal(1, (await again.Store.TallyAsync(id.Provider, Cancel)).Ready);
        Assert.Equal([1], await again.Cache.GetAsync("mark", Cancel));
        Assert.Equal(2, (await again.Store.TryWriteAsync(Samples.Connection(id with { Name = "gone" }), 0, Cancel))!.Generation);
    }

    // A killed process leaves what its files contain at that moment.
    [Fact]
    public async Task The_files_hold_every_acknowledged_write_at_once()
    {
        using var copy = new TemporaryDirectory();
        var id = Samples.NewId();
        await using (var host = await StartAsync(_folder.Path))
        {
            for (var generation = 1L; generation <= 200; generation++)
            {
                Assert.NotNull(await host.Store.TryWriteAsync(Samples.Connection(id, generation), generation - 1, Cancel));
            }

            Copy(_folder.Path, copy.Path);
        }

        await using var survivor = await StartAsync(copy.Path);
        Assert.Equal(200, (await survivor.Store.ReadAsync(id, Cancel))!.Generation);
    }

    [Fact]
    public async Task A_second_gateway_on_the_same_folder_is_refused_and_the_first_keeps_running()
    {
        await using var first = await StartAsync(_folder.Path);

        var refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(_folder.Path));

        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
        Assert.NotNull(await first.Store.TryWriteAsync(Samples.Connection(Samples.NewId()), 0, Cancel));
    }

    [Fact]
    public async Task A_path_that_is_a_file_is_refused_by_the_name_of_its_key()
    {
        var file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "", Cancel);

        var refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(file));

        Assert.Contains($"Store:Path must name a folder, and '{file}' is a file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_below_a_file_is_refused_by_the_name_of_its_key()
    {
        var file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "", Cancel);

        var refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(Path.Combine(file, "data")));

        Assert.StartsWith($"Store:Path '{file}/data' can't be made: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_embedded_server_listens_on_a_private_socket_and_on_no_port()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "garnet"));
        folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        var ports = ListeningPorts();

        using var server = EmbeddedServer.Start(new StoreDirectory(_folder.Path));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.FullName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.FullName, "socket")));
        Assert.DoesNotContain(6379, ListeningPorts().Except(ports));
    }

    [Fact]
    public async Task A_socket_left_by_a_killed_process_is_replaced()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "garnet"));
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, "socket")));
        }

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "socket"), "", Cancel);
        await using var host = await StartAsync(_folder.Path);
        Assert.True(host.Readiness.IsReady);
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_is_refused_with_a_reason()
    {
        var refused = await Assert.ThrowsAsync<IOException>(() => StartAsync(Path.Combine(_folder.Path, new string('x', 120))));

        Assert.Contains("choose a shorter Store:Path", refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> ListeningPorts() =>
        IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(static endPoint => endPoint.Port);

    private static async Task<StoreHost> StartAsync(string path)
    {
        var host = await StoreHost.StartAsync(("Store:Path", path));
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        return host;
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)
                .Where(static file => Path.GetExtension(file) != ".lock" && Path.GetFileName(file) != "socket"
                    && !file.Contains("instances", StringComparison.Ordinal)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);

            // Reads the file like another process, because the server has it open.
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var sink = File.Create(target);
            source.CopyTo(sink);
        }
    }
}
