namespace Gateway.Store.Embedded;

/// <summary>A folder below or at <c>Store:Path</c>. Created with mode 0700, its files with mode 0600.</summary>
internal sealed class StoreDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string Draft = ".tmp";

    private readonly string _path;

    /// <exception cref="IOException">The folder can't be created.</exception>
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

    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>
    /// Locks the folder for this process until disposed; the operating system releases the lock when the process ends, also when it is
    /// killed.
    /// </summary>
    /// <exception cref="IOException">Another process holds it.</exception>
    public IDisposable Lock() => TryHold("gateway.lock") ?? throw new IOException(
        $"Store:Path '{_path}' is in use by another process. Give this one a folder of its own, or let both use one Redis (Store:Redis).");

    /// <summary>
    /// Reads a text file, which is created first when it does not exist. Of several processes at once, one creates it and the others read
    /// it.
    /// </summary>
    public string ReadOrCreate(string name, Func<string> create)
    {
        // One process creates the file under a lock, because no file system offers a move that never replaces.
        var turn = default(SpinWait);
        while (!Has(name))
        {
            using var gate = TryHold(Path.ChangeExtension(name, ".lock"));
            if (gate is null)
            {
                turn.SpinOnce();
            }
            else if (!Has(name))
            {
                WriteWhole(name, System.Text.Encoding.ASCII.GetBytes(create()), flushToDisk: true);
            }
        }

        return File.ReadAllText(PathOf(name));
    }

    /// <summary>Deletes the drafts of processes that died while they wrote.</summary>
    public void DeleteDrafts(DateTimeOffset before)
    {
        foreach (var draft in Files($"*{Draft}").Where(file => File.GetLastWriteTimeUtc(file) < before.UtcDateTime))
        {
            File.Delete(draft);
        }
    }

    /// <summary>
    /// Writes a file whole or not at all: beside its place, then moved there. The content outlives the process; a loss of power only after
    /// <paramref name="flushToDisk"/> or <see cref="Flush"/>.
    /// </summary>
    public void WriteWhole(string name, ReadOnlySpan<byte> content, bool flushToDisk = false)
    {
        var draft = Path.GetRandomFileName() + Draft;
        try
        {
            using (var stream = Open(draft, FileMode.CreateNew))
            {
                stream.Write(content);
                stream.Flush(flushToDisk);
            }

            File.Move(PathOf(draft), PathOf(name), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Drafts must not fill up a disk that is full.
            Delete(draft);
            throw;
        }
    }

    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>Flushes a file to the disk. On file systems with a journal that includes the move that named it.</summary>
    public void Flush(string name)
    {
        using var stream = Open(name, FileMode.Open);
        stream.Flush(flushToDisk: true);
    }

    public void Delete(string name) => File.Delete(PathOf(name));

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

    // Null while another process holds the file.
    private FileStream? TryHold(string name)
    {
        try
        {
            return Open(name, FileMode.OpenOrCreate);
        }
        catch (IOException) when (Has(name))
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

        return new FileStream(PathOf(name), options);
    }
}
