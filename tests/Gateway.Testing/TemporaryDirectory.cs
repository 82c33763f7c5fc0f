namespace Gateway.Testing;

/// <summary>A directory for the files of one test; disposing deletes it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("gateway-tests-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    /// <returns>The full path of the file.</returns>
    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
