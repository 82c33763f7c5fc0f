using System.Net;
using System.Net.Sockets;

using Garnet;
using Garnet.server;

using Tsavorite.core;

namespace Gateway.Store.Embedded;

/// <summary>
/// Garnet in this process, for installations without Redis. It listens on a Unix socket in a folder that only this user may enter, and on
/// no port. A write is answered when it is in the append-only file, so that it survives a SIGKILL. Records that do not fit in memory are
/// moved to disk; a checkpoint shortens the append-only file each time it has grown past its limit.
/// </summary>
internal sealed class EmbeddedServer : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly GarnetServer _server;
    private readonly IDisposable _folderLock;

    private EmbeddedServer(GarnetServer server, IDisposable folderLock, UnixDomainSocketEndPoint endPoint)
    {
        _server = server;
        _folderLock = folderLock;
        EndPoint = endPoint;
    }

    /// <summary>The Unix socket.</summary>
    public UnixDomainSocketEndPoint EndPoint { get; }

    /// <summary>Starts the server and recovers the folder's data. Blocks meanwhile.</summary>
    /// <exception cref="IOException">
    /// Another process uses the folder, its data can't be read, or its path is too long for a socket.
    /// </exception>
    public static EmbeddedServer Start(StoreDirectory directory)
    {
        var folderLock = directory.Lock();
        try
        {
            var folder = directory.PathOf("garnet");
            CreatePrivate(folder);
            var socket = Path.Combine(folder, "socket");
            var endPoint = CreateEndPoint(socket);
            var server = new GarnetServer(Options(folder, socket, endPoint));
            try
            {
                server.Start();
                return new EmbeddedServer(server, folderLock, endPoint);
            }
            catch
            {
                server.Dispose();
                throw;
            }
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

    private static void CreatePrivate(string folder)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            // Also for a folder that an earlier version created: it had a password instead.
            File.SetUnixFileMode(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    // sockaddr_un holds about 100 bytes. A path relative to the working directory may fit where the full path does not.
    private static UnixDomainSocketEndPoint CreateEndPoint(string socket)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, socket);
        try
        {
            return new UnixDomainSocketEndPoint(relative.Length < socket.Length ? relative : socket);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new IOException($"The path '{socket}' is too long for a Unix socket: choose a shorter Store:Path.", e);
        }
    }

    private static GarnetServerOptions Options(string folder, string socket, EndPoint endPoint) => new()
    {
        EndPoints = [endPoint],
        UnixSocketPath = socket,
        UnixSocketPermission = OwnerOnly,
        QuietMode = true,
        MaxDatabases = 1,
        SlowLogMaxEntries = 0,

        // A script that waits for a locked key keeps its thread. On one core the pool would add a second thread only after half a second.
        ThreadPoolMinThreads = 8,
        ThreadPoolMinIOCompletionThreads = 8,

        // Records in memory, older ones on disk: without the tier Garnet drops what exceeds the memory. The sorted sets are always in use
        // and count too: where they do not fit (64 MiB hold 140 000 connections, 32 MiB 65 000) Garnet writes them out and reads them back
        // all the time.
        LogMemorySize = "64m",
        PageSize = "1m",
        IndexMemorySize = "4m",
        EnableStorageTier = true,
        LogDir = folder,
        SegmentSize = "64m",
        CompactionType = LogCompactionType.Lookup,
        DeviceType = DeviceType.RandomAccess,
        DeviceFactoryCreator = new LocalStorageNamedDeviceFactoryCreator(deviceType: DeviceType.RandomAccess),

        // Each write is in the file before it is answered. Past the size limit Garnet takes a checkpoint and shortens the file.
        EnableAOF = true,
        WaitForCommit = true,
        AofMemorySize = "8m",
        AofPageSize = "2m",
        AofSegmentSize = "32m",
        AofSizeLimit = "64m",
        CheckpointDir = folder,
        Recover = true,
        FailOnRecoveryError = true,

        // A script locks its keys: without the transaction mode Garnet runs scripts side by side.
        EnableLua = true,
        LuaTransactionMode = true,
        LuaOptions = new LuaOptions(),
        ExpiredKeyDeletionScanFrequencySecs = 300,
    };
}
