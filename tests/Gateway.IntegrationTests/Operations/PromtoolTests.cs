namespace Gateway.IntegrationTests.Operations;

/// <summary>promtool accepts the scrape configuration, the recording rules and the alerts.</summary>
public sealed class PromtoolTests
{
    private const string Folder = "config/prometheus";

    private static readonly IReadOnlyList<string> RuleFiles = RepositoryFiles.In($"{Folder}/rules", "*.yml");

    private static readonly IReadOnlyList<string> TestFiles = RepositoryFiles.In($"{Folder}/tests", "*.yml");

    [Fact]
    public Task The_configuration_is_valid() => PromtoolAsync("check", "config", $"{Folder}/prometheus.yml");

    [Fact]
    public Task The_rules_are_valid_and_unique() =>
        PromtoolAsync(["check", "rules", "--lint=all", "--lint-fatal", .. RuleFiles]);

    [Fact]
    public Task The_alerts_pass_their_test_cases() => PromtoolAsync(["test", "rules", .. TestFiles]);

    private static async Task PromtoolAsync(params string[] arguments)
    {
        var located = arguments.Select(
            static argument => argument.StartsWith(Folder, StringComparison.Ordinal) ? RepositoryFiles.PathOf(argument) : argument);
        var (exitCode, output) = await Tool.RunAsync("promtool", [.. located], "");
        Assert.SkipWhen(exitCode == 127, "needs promtool: apt-get install prometheus");
        Assert.True(exitCode == 0, output);
    }
}
