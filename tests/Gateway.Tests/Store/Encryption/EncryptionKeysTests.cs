using Gateway.Model;
using Gateway.Store;
using Gateway.Store.Encryption;

namespace Gateway.Tests.Store.Encryption;

public sealed class EncryptionKeysTests : IDisposable
{
    private static readonly SealBinding Here = new(new ConnectionId("bokio", "acme"), "refresh_token", 1);

    private readonly TemporaryDirectory _folder = new();
    private readonly LogCapture _logs = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Embedded_WithoutKeys_MakesAFileOnceThatOnlyItsOwnerReads()
    {
        var blob = Sut(new StoreOptions { Path = _folder.Path }).Seal([1], Here);
        var file = Path.Combine(_folder.Path, "encryption.key");

        Assert.Equal([1], Sut(new StoreOptions { Path = _folder.Path }).Open(blob, Here));
        Assert.Equal(
            [file, Path.Combine(_folder.Path, "encryption.lock")], Directory.GetFiles(_folder.Path).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public void Embedded_StartedByManyAtOnce_AllHaveTheSameKey()
    {
        var blobs = Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(16)
            .Select(_ => Sut(new StoreOptions { Path = _folder.Path }).Seal([1], Here)).ToList();

        Assert.All(blobs, blob => Assert.Equal([1], Sut(new StoreOptions { Path = _folder.Path }).Open(blob, Here)));
    }

    [Fact]
    public void KeyFile_WithSomethingElse_IsRefusedAndLeftAlone()
    {
        var file = Path.Combine(_folder.Path, "encryption.key");
        File.WriteAllText(file, "not a key");

        Assert.Throws<IOException>(() => Sut(new StoreOptions { Path = _folder.Path }));
        Assert.Equal("not a key", File.ReadAllText(file));
    }

    [Fact]
    public void Redis_WithAdminKeyOnly_DerivesTheSameKeyEverywhereAndWarns()
    {
        var blob = Sut(new StoreOptions { Redis = "r:1", Path = _folder.Path, AdminKey = "operators-key" }).Seal([1], Here);

        Assert.Equal([1], Sut(new StoreOptions { Redis = "r:1", Path = "/elsewhere", AdminKey = "operators-key" }).Open(blob, Here));
        Assert.Throws<StoreUnavailableException>(
            () => Sut(new StoreOptions { Redis = "r:1", Path = _folder.Path, AdminKey = "another-key" }).Open(blob, Here));
        Assert.Contains(
            _logs.Lines, static line =>
                line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("Store:EncryptionKeys", StringComparison.Ordinal));
        Assert.DoesNotContain(_logs.Lines, static line => line.Contains("operators-key", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Redis_WithoutAnyKey_UsesTheFileAndNotTheRandomAdminKeyOfThisRun()
    {
        var blob = Sut(new StoreOptions { Redis = "r:1", Path = _folder.Path }).Seal([1], Here);

        Assert.Equal([1], Sut(new StoreOptions { Redis = "r:1", Path = _folder.Path }).Open(blob, Here));
        Assert.Single(Directory.GetFiles(_folder.Path, "*.key"));
        Assert.Contains(
            _logs.Lines, static line =>
                line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("key file", StringComparison.Ordinal));
    }

    [Fact]
    public void ConfiguredKeys_GoBeforeEverythingElse()
    {
        var options = new StoreOptions { Path = _folder.Path, AdminKey = "operators-key", EncryptionKeys = [StoreHost.Key] };

        Assert.Equal(
            [1], Sut(new StoreOptions { Redis = "r:1", EncryptionKeys = [StoreHost.Key] }).Open(Sut(options).Seal([1], Here), Here));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private SecretProtector Sut(StoreOptions options) => new(EncryptionKeys.Load(options, _logs.CreateLogger("keys")));
}
