using Gateway.Configuration;
using Gateway.Tests.Operations;

namespace Gateway.Tests.Configuration;

/// <summary>Each example of docs/add-a-provider.md is a configuration that the gateway accepts.</summary>
public sealed class ProviderGuideTests
{
    public static TheoryData<int> Examples => new(Enumerable.Range(0, Blocks().Count));

    [Fact]
    public void There_is_an_example_for_each_kind() => Assert.Equal(5, Blocks().Count);

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_is_accepted(int example)
    {
        using var directory = new TemporaryDirectory();
        await using var app = GatewayHosting.Build(["--config", directory.Write("site.json", Blocks()[example])]);
        Assert.Empty(await app.LoadConfigurationAsync());
    }

    private static List<string> Blocks() =>
    [
        .. RepositoryFiles.Read("docs/add-a-provider.md").Split("```json\n").Skip(1)
        .Select(static part => part[..part.IndexOf("```", StringComparison.Ordinal)]),
    ];
}
