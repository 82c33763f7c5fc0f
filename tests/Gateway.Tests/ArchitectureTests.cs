using Gateway.Tests.Architecture;

namespace Gateway.Tests;

/// <summary>The rules that keep the house as it was drawn. Each is held against the repository, and against a sample that breaks it.</summary>
public sealed class ArchitectureTests
{
    private const string Where = "src/Gateway/";

    private static readonly Lazy<IReadOnlyList<SourceFile>> Repository = new(SourceTree.Read);

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["folders know only what lies below them"] = new(Layering.BrokenArrows, [new(Where + "Credentials/A.cs", "using Gateway.Store;\n")]),
        ["folders know only what lies below them, also in the middle of code"] =
            new(Layering.BrokenArrows, [new(Where + "Admin/A.cs", "sealed class A { object o = new Forwarding.GatewayProblem(); }")]),
        ["a new folder has a place in the layering"] = new(Layering.BrokenArrows, [new(Where + "Novelty/A.cs", "using Gateway.Model;\n")]),
        ["no folder knows itself through others"] =
            new(Layering.Cycles, [new(Where + "Tokens/A.cs", "using Gateway.Proxy.Routes;\n"), new(Where + "Routing/B.cs", "using Gateway.Tokens;\n")]),
        ["StackExchange.Redis stays in Store"] = new(Layering.BrokenImports, [new(Where + "Tokens/A.cs", "using StackExchange.Redis;\n")]),
        ["YARP stays in Forwarding and the root"] = new(Layering.BrokenImports, [new(Where + "Admin/A.cs", "using Yarp.ReverseProxy.Configuration;\n")]),
        ["YARP stays out, also in the middle of code"] = new(Layering.BrokenImports, [new(Where + "Routing/A.cs", "sealed class A { Yarp.ReverseProxy.X x; }")]),
        ["OpenTelemetry stays in Observability"] = new(Layering.BrokenImports, [new(Where + "Tokens/A.cs", "using OpenTelemetry.Trace;\n")]),
        ["nouns know no framework"] = new(Layering.FrameworkInNouns, [new(Where + "Credentials/A.cs", "sealed class A { void B(HttpContext c) { } }")]),
        ["files are short"] = new(Sizes.LongFiles, [new(Where + "A.cs", string.Concat(Enumerable.Repeat("\n", 251)))]),
        ["most files are very short"] = new(Sizes.LongMedian, [new(Where + "A.cs", string.Concat(Enumerable.Repeat("\n", 51)))]),
        ["methods are short"] =
            new(Sizes.LongMethods, [new(Where + "A.cs", $"sealed class A\n{{\n    void B()\n    {{{string.Concat(Enumerable.Repeat("\n    C();", 50))}\n    }}\n}}")]),
        ["methods that are one expression are short too"] =
            new(Sizes.LongMethods, [new(Where + "A.cs", $"sealed class A\n{{\n    int B() => 0{string.Concat(Enumerable.Repeat("\n    + 1", 50))};\n}}")]),
        ["constructors take few"] = new(Sizes.LongConstructors, [new(Where + "A.cs", "sealed class A { public A(int a, int b, (int, int) c, List<int> d, int e, int f) { } }")]),
        ["primary constructors take few"] = new(Sizes.LongConstructors, [new(Where + "A.cs", "sealed class A(int a, int b, int c, int d, int e, int f) : B { }")]),
        ["classes are sealed or static"] = new(Declarations.OpenClasses, [new(Where + "A.cs", "public class A { }")]),
        ["records are sealed"] = new(Declarations.OpenClasses, [new(Where + "A.cs", "internal record A(int B);")]),
        ["types are named by their role"] = new(Declarations.Drawers, [new(Where + "A.cs", "sealed class TokenManager { }")]),
        ["interfaces are named by their role"] = new(Declarations.Drawers, [new(Where + "A.cs", "interface ITokenService { }")]),
        ["time comes from the TimeProvider"] = new(Habits.HiddenClocks, [new(Where + "A.cs", "sealed class A { object o = DateTimeOffset.UtcNow; }")]),
        ["waits go by the TimeProvider"] = new(Habits.HiddenClocks, [new(Where + "A.cs", "sealed class A { async Task B() { await Task.Delay(TimeSpan.FromSeconds(1)); } }")]),
        ["deadlines go by the TimeProvider"] = new(Habits.HiddenClocks, [new(Where + "A.cs", "sealed class A { void B() { new CancellationTokenSource(TimeSpan.Zero); } }")]),
        ["tests wait for conditions"] = new(Habits.Sleeps, [new("tests/A.cs", "sealed class A { async Task B() { await Task.Delay(100); } }")]),
        ["compiler warnings are silenced for a reason"] = new(Habits.Pragmas, [new(Where + "A.cs", "#pragma warning disable CA1031\n")]),
        ["compiler warnings are silenced rarely"] = new(Habits.Pragmas, [new(Where + "A.cs", string.Concat(Enumerable.Repeat("#pragma warning disable CA1031 // A reason.\n", 6)))]),
    };

    public static TheoryData<string> RuleNames => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void The_repository_keeps_the_rule(string rule)
    {
        var broken = Rules[rule].Check(Repository.Value).ToList();
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    [Theory]
    [MemberData(nameof(RuleNames))]
    public void A_sample_that_breaks_the_rule_is_found(string rule) => Assert.NotEmpty(Rules[rule].Check(Rules[rule].Broken));

    [Fact]
    public void Comments_strings_and_other_projects_break_no_rule()
    {
        SourceFile[] harmless =
        [
            new(Where + "Credentials/A.cs", "// using Gateway.Store;\n/* DateTime.UtcNow */\nsealed class A { string s = \"Gateway.Store.X {\", t = @\"DateTime.Now \"\" {\"; }\n"),
            new(Where + "Tokens/B.cs", "sealed class B { void C(TimeProvider clock) { new CancellationTokenSource(TimeSpan.Zero, clock); new CancellationTokenSource(); } }"),
            new("tests/C.cs", "using StackExchange.Redis;\nclass C { async Task D() { while (E()) { await Task.Delay(20); } } }"),
        ];
        Assert.Empty(Rules.Values.SelectMany(rule => rule.Check(harmless)));
    }

    [Fact]
    public void The_whole_repository_is_read()
    {
        Assert.Contains(Repository.Value, static file => file.Path == "src/Gateway/Program.cs");
        Assert.True(SourceBlock.Of(Repository.Value.Single(static file => file.Path == "src/Gateway/Tokens/TokenBroker.cs")).Count(static block => block.IsMethod) > 5);
    }

    private sealed record Rule(Func<IReadOnlyList<SourceFile>, IEnumerable<string>> Check, SourceFile[] Broken);
}
