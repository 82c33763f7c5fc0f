using ArchUnitNET.Fluent;

using Microsoft.AspNetCore.Components;

using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Gateway.Tests.Architecture;

/// <summary>The rules of docs/architecture.md, for the gateway's namespaces or for a sample below another root.</summary>
internal static class ArchitectureRules
{
    // The root and Configuration compose the other folders; only the root may use Configuration.
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        ["Model"] = [],
        ["Observability"] = ["Model"],
        ["Tokens"] = ["Model", "Observability"],
        ["Store"] = ["Model", "Observability"],
        ["Proxy"] = ["Model", "Tokens", "Observability"],
        ["Onboarding"] = ["Model", "Tokens", "Observability"],
        ["Admin"] = ["Model", "Tokens", "Observability"],
        ["Configuration"] = ["Model", "Observability", "Tokens", "Store", "Proxy", "Onboarding", "Admin"],
    };

    // Namespaces of packages, and the folders that may use them; "" is the root.
    private static readonly (string Package, string[] Folders)[] Packages =
    [
        ("StackExchange.Redis", ["Store"]),
        ("Garnet", ["Store"]),
        ("Yarp", ["Proxy", "Configuration", ""]),
        ("OpenTelemetry", ["Observability"]),
    ];

    public static IReadOnlyDictionary<string, IArchRule> For(string root)
    {
        var rules = new Dictionary<string, IArchRule>(StringComparer.Ordinal)
        {
            ["every folder has a place in the layering"] = Types().That().ResideInNamespaceMatching(Below(root))
                .Should().ResideInNamespaceMatching(Folders(root, MayUse.Keys)),
            ["Model uses no framework"] = Types().That().ResideInNamespaceMatching(Folders(root, ["Model"]))
                .Should().NotDependOnAnyTypesThat()
                .ResideInNamespaceMatching(@"^(Microsoft\.(AspNetCore|Extensions)|System\.(IO|Net\.Http|Net\.Sockets))(\.|$)"),
            ["classes are sealed, static or abstract"] = Classes().That().ResideInNamespaceMatching(Anywhere(root)).And().AreNotAbstract()
                .And().AreNotAssignableTo(typeof(ComponentBase)).Should().BeSealed(),
            ["types are named by their role"] = Types().That().ResideInNamespaceMatching(Anywhere(root))
                .Should().NotHaveNameMatching("(Manager|Helpers?|Utils?|Utility|Utilities|Services?|Common|Base|Impl)$"),
        };
        foreach (var (folder, allowed) in MayUse)
        {
            rules[$"{folder} uses only what lies below it"] = Types().That().ResideInNamespaceMatching(Folders(root, [folder]))
                .Should().NotDependOnAnyTypesThat()
                .ResideInNamespaceMatching($"{Folders(root, MayUse.Keys.Except([folder, .. allowed]))}|{Exactly(root)}");
        }

        foreach (var (package, folders) in Packages)
        {
            rules[$"{package} stays in its folder"] = Types().That().ResideInNamespaceMatching(Anywhere(root))
                .And().DoNotResideInNamespaceMatching(Users(root, folders))
                .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching($@"^{Escape(package)}(\.|$)");
        }

        return rules;
    }

    private static string Users(string root, string[] folders) =>
        string.Join('|', folders.Select(folder => folder.Length == 0 ? Exactly(root) : Folders(root, [folder])));

    private static string Exactly(string root) => $"^{Escape(root)}$";

    private static string Anywhere(string root) => $@"^{Escape(root)}(\.|$)";

    private static string Below(string root) => $@"^{Escape(root)}\.";

    // Without a folder it matches nothing.
    private static string Folders(string root, IEnumerable<string> folders) => $@"^{Escape(root)}\.({string.Join('|', folders)})(\.|$)";

    private static string Escape(string name) => name.Replace(".", @"\.", StringComparison.Ordinal);
}
