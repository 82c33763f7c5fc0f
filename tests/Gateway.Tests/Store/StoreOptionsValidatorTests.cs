using Gateway.Store;

namespace Gateway.Tests.Store;

public sealed class StoreOptionsValidatorTests
{
    [Fact]
    public void Validate_Defaults_AreFine() => Assert.True(new StoreOptionsValidator().Validate(null, new StoreOptions()).Succeeded);

    [Fact]
    public void Validate_EverythingWrong_NamesEachKeyAndNoValue()
    {
        var result = new StoreOptionsValidator().Validate(null, new StoreOptions
        {
            Path = " ",
            Redis = "host:1,colour=topsecret1",
            CaFile = "/no/such/file-topsecret2",
            EncryptionKeys = [StoreHost.Key, "topsecret3", Convert.ToBase64String(new byte[31]), Convert.ToBase64String(new byte[33])],
        });

        var failures = string.Join('\n', result.Failures!);
        Assert.All(
            ["Store:Path", "Store:Redis", "Store:CaFile", "Store:EncryptionKeys:1", "Store:EncryptionKeys:2", "Store:EncryptionKeys:3"],
            (string key) => Assert.Contains(key, failures, StringComparison.Ordinal));
        Assert.DoesNotContain("Store:EncryptionKeys:0", failures, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", failures, StringComparison.Ordinal);
    }
}
