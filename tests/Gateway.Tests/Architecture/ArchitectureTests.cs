using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Fluent.Extensions;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;

namespace Gateway.Tests.Architecture;

/// <summary>Each rule is checked against the gateway, and against a sample that violates it to show that the rule can fail.</summary>
public sealed class ArchitectureTests
{
    private const string Sample = "BrokenGateway";

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Product =
        new(static () => new ArchLoader().LoadAssembly(typeof(GatewayHosting).Assembly).Build());

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Tests =
        new(static () => new ArchLoader().LoadAssembly(typeof(ArchitectureTests).Assembly).Build());

    public static TheoryData<string> Rules => [.. ArchitectureRules.For("Gateway").Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_gateway_keeps_the_rule(string rule) => ArchitectureRules.For("Gateway")[rule].Check(Product.Value);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_sample_that_violates_the_rule_is_found(string rule) =>
        Assert.False(ArchitectureRules.For(Sample)[rule].HasNoViolations(Tests.Value));

    [Fact]
    public void Sub_folders_have_no_circular_dependencies() => Assert.Empty(SubFolderCircles.Of(Product.Value, "Gateway"));

    [Fact]
    public void A_circle_in_the_sample_is_found() =>
        Assert.Equal(
            ["Tokens: Cache → Renewal", "Tokens: Refreshing → Cache", "Tokens: Renewal → Refreshing"],
            SubFolderCircles.Of(Tests.Value, Sample));

    [Fact]
    public void The_whole_gateway_is_read() => Assert.True(Product.Value.Classes.Count() > 200 && Product.Value.Namespaces.Count() > 15);

    /// <summary>A suppressed warning has its reason on the same line.</summary>
    [Fact]
    public void Suppressions_have_a_reason() => Assert.Empty(
        from folder in new[] { "src", "tests" }
        from path in RepositoryFiles.In(folder, "*.cs")
        where !path.Contains("/obj/", StringComparison.Ordinal)
        from line in RepositoryFiles.Read(path).Split('\n')
        where line.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal)
            && !line.Contains("//", StringComparison.Ordinal)
        select $"{path}: {line}");
}
