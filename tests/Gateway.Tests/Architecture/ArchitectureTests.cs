using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Fluent.Extensions;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;

namespace Gateway.Tests.Architecture;

/// <summary>Each rule is checked against the gateway, and against a sample that breaks it: a rule that cannot fail keeps nothing.</summary>
public sealed class ArchitectureTests
{
    private const string Sample = "BrokenGateway";

    // Circles that are still there; no line may be added.
    private static readonly string[] RemainingCircles =
    [
        "Onboarding: Callback → Consent",
        "Onboarding: Callback → Links",
        "Onboarding: Callback → Pages",
        "Onboarding: Consent → Callback",
        "Onboarding: Consent → Links",
        "Onboarding: Consent → Pages",
        "Onboarding: Links → Consent",
        "Onboarding: Links → Pages",
        "Onboarding: Pages → Consent",
        "Onboarding: Pages → Links",
        "Proxy: Headers → Replay",
        "Proxy: Headers → Routes",
        "Proxy: Replay → Routes",
        "Proxy: Routes → Headers",
        "Store: Availability → Listing",
        "Store: Availability → Redis",
        "Store: Embedded → Encryption",
        "Store: Encryption → Embedded",
        "Store: Listing → Records",
        "Store: Listing → Redis",
        "Store: Records → Redis",
        "Store: Redis → Availability",
        "Tokens: Cache → Refreshing",
        "Tokens: Circuit → Refreshing",
        "Tokens: Circuit → TokenEndpoint",
        "Tokens: Refreshing → Cache",
        "Tokens: Refreshing → Circuit",
        "Tokens: Refreshing → TokenEndpoint",
        "Tokens: Renewal → Circuit",
        "Tokens: Renewal → Refreshing",
        "Tokens: TokenEndpoint → Circuit",
        "Tokens: TokenEndpoint → Renewal",
    ];

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Product = new(static () => new ArchLoader().LoadAssembly(typeof(GatewayHosting).Assembly).Build());

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> Tests = new(static () => new ArchLoader().LoadAssembly(typeof(ArchitectureTests).Assembly).Build());

    public static TheoryData<string> Rules => [.. ArchitectureRules.For("Gateway").Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_gateway_keeps_the_rule(string rule) => ArchitectureRules.For("Gateway")[rule].Check(Product.Value);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_sample_that_breaks_the_rule_is_found(string rule) => Assert.False(ArchitectureRules.For(Sample)[rule].HasNoViolations(Tests.Value));

    [Fact]
    public void No_sub_folders_depend_on_each_other_in_a_circle() => Assert.Empty(SubFolderCircles.Of(Product.Value, "Gateway").Except(RemainingCircles));

    [Fact]
    public void A_circle_in_the_sample_is_found() =>
        Assert.Equal(["Tokens: Cache → Renewal", "Tokens: Refreshing → Cache", "Tokens: Renewal → Refreshing"], SubFolderCircles.Of(Tests.Value, Sample));

    [Fact]
    public void The_whole_gateway_is_read() => Assert.True(Product.Value.Classes.Count() > 200 && Product.Value.Namespaces.Count() > 15);

    /// <summary>A suppressed warning has its reason on the same line.</summary>
    [Fact]
    public void Suppressions_have_a_reason() => Assert.Empty(
        from folder in new[] { "src", "tests" }
        from path in RepositoryFiles.In(folder, "*.cs")
        where !path.Contains("/obj/", StringComparison.Ordinal)
        from line in RepositoryFiles.Read(path).Split('\n')
        where line.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal) && !line.Contains("//", StringComparison.Ordinal)
        select $"{path}: {line}");
}
