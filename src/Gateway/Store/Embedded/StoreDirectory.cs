using System.Security.Cryptography;
using System.Text;

using Gateway.Store.Encryption;

namespace Gateway.Store.Embedded;

/// <summary>The folder <c>Store:Path</c>: the embedded server's files, its lock, and the key file. Only this user may look inside.</summary>
internal sealed class StoreDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Draft = ".tmp";

    private readonly string _path;

    /// <exception cref="IOException">It can't be a folder.</exception>
    public StoreDirectory(string path)
    {
        _path = Path.GetFullPath(path);
        if (File.Exists(_path))
        {
            throw new IOException($"Store:Path must name a folder, and '{_path}' is a file.");
        }

        try
        {
            Create(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Store:Path '{_path}' can't be made: {e.Message}", e);
        }
    }

    /// <summary>Where the embedded server keeps its data.</summary>
    public string Data => Path.Combine(_path, "garnet");

    /// <summary>Holds the folder for this process until disposed; the system lets go of it when the process dies, however it dies.</summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    public IDisposable Lock() => TryHold("gateway.lock") ?? throw new IOException(
        $"Store:Path '{_path}' is in use by another process. Give this one a folder of its own, or let both use one Redis (Store:Redis).");

    /// <summary>The key in <c>encryption.key</c>, made on first use.</summary>
    /// <exception cref="IOException">The file holds something else.</exception>
    public byte[] ReadOrCreateKey()
    {
        var file = Path.Combine(_path, "encryption.key");
        if (!File.Exists(file))
        {
            CreateKey(file);
        }

        return EncryptionKeyRing.TryParse(File.ReadAllText(file), out var key)
            ? key
            : throw new IOException($"'{file}' is not the Base64 of {EncryptionKeyRing.KeySize} bytes.");
    }

    /// <summary>What processes that died while they wrote have left beside.</summary>
    public void DeleteDrafts(DateTimeOffset before)
    {
        foreach (var draft in Files($"*{Draft}").Where(file => File.GetLastWriteTimeUtc(file) < before.UtcDateTime))
        {
            File.Delete(draft);
        }
    }

    /// <summary>Writes a file whole or not at all. What is written outlives the process; see <see cref="Flush"/>.</summary>
    public void WriteWhole(string name, ReadOnlySpan<byte> content)
    {
        var draft = Path.GetRandomFileName() + Draft;
        try
        {
            using (var stream = Open(draft, FileMode.CreateNew))
            {
                stream.Write(content);
            }

            File.Move(Path.Combine(_path, draft), Path.Combine(_path, name), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk is not filled with drafts.
            Delete(draft);
            throw;
        }
    }

    public bool Has(string name) => File.Exists(Path.Combine(_path, name));

    /// <summary>Has the disk keep a file. Where file systems have a journal, that covers the name that it was moved to before.</summary>
    public void Flush(string name)
    {
        using var stream = Open(name, FileMode.Open);
        stream.Flush(flushToDisk: true);
    }

    public void Delete(string name) => File.Delete(Path.Combine(_path, name));

    /// <summary>Full paths.</summary>
    public IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(_path, pattern);

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    // Of processes that do this at once, one writes and the others wait for it: no file system offers a move that never replaces.
    private void CreateKey(string file)
    {
        var turn = default(SpinWait);
        while (!File.Exists(file))
        {
            using var gate = TryHold("encryption.lock");
            if (gate is null)
            {
                turn.SpinOnce();
            }
            else if (!File.Exists(file))
            {
                WriteKey(file);
            }
        }
    }

    // Whole or not at all: written beside, flushed, and moved into place.
    private void WriteKey(string file)
    {
        var draft = Path.GetRandomFileName() + Draft;
        using (var stream = Open(draft, FileMode.CreateNew))
        {
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(EncryptionKeyRing.KeySize))));
            stream.Flush(flushToDisk: true);
        }

        File.Move(Path.Combine(_path, draft), file);
    }

    // Null while somebody else holds it.
    private FileStream? TryHold(string name)
    {
        try
        {
            return Open(name, FileMode.OpenOrCreate);
        }
        catch (IOException) when (File.Exists(Path.Combine(_path, name)))
        {
            return null;
        }
    }

    private FileStream Open(string name, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(Path.Combine(_path, name), options);
    }
}
