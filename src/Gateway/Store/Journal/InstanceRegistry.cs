using System.Security.Cryptography;

using Gateway.Model;
using Gateway.Store.Embedded;

using Microsoft.Extensions.Options;

namespace Gateway.Store.Journal;

/// <summary>
/// A file for each instance below <c>Store:Path</c>, locked as long as its process lives, however it dies. An instance whose file exists
/// and can be locked is dead. Without a file, or where the file system is not local or does not keep locks, nothing is known.
/// </summary>
/// <remarks>
/// A file is removed at a clean stop, once nothing that bears the instance's id is left in the store or the journal. The file of an
/// instance that died stays for longer than any refresh waits for a dead instance: only then is "unknown" as good as "dead".
/// </remarks>
internal sealed partial class InstanceRegistry : IInstanceRegistry, IDisposable
{
    // Longer than the longest InterruptedWait.
    private static readonly TimeSpan DeadFileLife = TimeSpan.FromDays(2);

    private readonly string _folder;
    private readonly TimeProvider _clock;
    private readonly ILogger<InstanceRegistry> _logger;

    // Held for the life of the process; null when there is no place for the file, or when it would prove nothing there.
    private readonly FileStream? _own;

    public InstanceRegistry(IOptions<StoreOptions> options, TimeProvider clock, ILogger<InstanceRegistry> logger)
    {
        (_folder, _clock, _logger) = (Path.GetFullPath(Path.Combine(options.Value.Path, "instances")), clock, logger);
        Id = NewId();
        try
        {
            _ = new StoreDirectory(_folder);
            _own = IsLocal(_folder) ? Hold() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NoPlace(logger, _folder, e.Message);
        }

        if (_own is null)
        {
            // The file may exist without its lock, if another start held it in the instant after its creation: that id would count as dead.
            Id = NewId();
        }

        SweepDead();
    }

    public string Id { get; }

    public InstanceState StateOf(string instance)
    {
        // An id is hexadecimal; what older versions wrote is no file name.
        if (instance == Id)
        {
            return InstanceState.Running;
        }

        if (_own is null || instance.Length == 0 || instance.Any(static c => !char.IsAsciiHexDigitLower(c)))
        {
            return InstanceState.Unknown;
        }

        using var file = TryLock(Path.Combine(_folder, instance), out var isThere);
        return file is not null ? InstanceState.Dead : isThere ? InstanceState.Running : InstanceState.Unknown;
    }

    public void Retire()
    {
        if (_own is not null)
        {
            try
            {
                File.Delete(_own.Name);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Then it says that this instance is dead, which is true.
                Log.NoPlace(_logger, _folder, e.Message);
            }
        }
    }

    public void Dispose() => _own?.Dispose();

    // Mounted file systems by the longest prefix. A lock on a network file system may be lost while its owner lives.
    private static bool IsLocal(string folder)
    {
        var drive = DriveInfo.GetDrives()
            .Where(drive => folder.StartsWith(drive.Name, StringComparison.Ordinal))
            .MaxBy(static drive => drive.Name.Length);
        return drive?.DriveType is DriveType.Fixed or DriveType.Ram or DriveType.Removable
            || drive?.DriveFormat is "overlay" or "overlayfs";
    }

    private static string NewId() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static FileStreamOptions Exclusive(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    // Null also when there is no such file.
    private static FileStream? TryLock(string file, out bool isThere)
    {
        isThere = true;
        try
        {
            return new FileStream(file, Exclusive(FileMode.Open));
        }
        catch (FileNotFoundException)
        {
            isThere = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Locked, or nothing can be told now.
        }

        return null;
    }

    private FileStream? Hold()
    {
        var own = new FileStream(Path.Combine(_folder, Id), Exclusive(FileMode.CreateNew));
        using var second = TryLock(own.Name, out var isThere);
        if (second is null && isThere)
        {
            return own;
        }

        // Locks do not hold here: an instance that lives could be taken for dead.
        File.Delete(own.Name);
        own.Dispose();
        Log.NoLocks(_logger, _folder);
        return null;
    }

    // The first start that finds an instance dead writes so into its file: its time is then the earliest at which the death was known.
    private void SweepDead()
    {
        foreach (var path in _own is null ? [] : Directory.GetFiles(_folder))
        {
            try
            {
                using var file = TryLock(path, out _);
                if (file?.Length == 0)
                {
                    file.WriteByte((byte)'x');
                }
                else if (file is not null && File.GetLastWriteTimeUtc(path) < (_clock.GetUtcNow() - DeadFileLife).UtcDateTime)
                {
                    File.Delete(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk, say: a later start sweeps.
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1160, LogLevel.Information,
            "Folder '{Folder}' can't hold the files of running instances ({Problem}): after a crash, refreshes that it interrupted wait " +
            "for InterruptedWait.")]
        public static partial void NoPlace(ILogger logger, string folder, string problem);

        [LoggerMessage(1161, LogLevel.Information,
            "File locks do not hold in '{Folder}': after a crash, refreshes that it interrupted wait for InterruptedWait.")]
        public static partial void NoLocks(ILogger logger, string folder);
    }
}
