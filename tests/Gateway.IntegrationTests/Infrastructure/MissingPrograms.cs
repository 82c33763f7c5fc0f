[assembly: AssemblyFixture(typeof(Gateway.IntegrationTests.Infrastructure.MissingPrograms))]

namespace Gateway.IntegrationTests.Infrastructure;

/// <summary>Reports once which programs are not installed: the console names the tests that are skipped, not their reasons.</summary>
public sealed class MissingPrograms
{
    private static readonly (string Program, string Package)[] Needed =
    [
        ("redis-server", "redis-server"), ("nginx", "nginx-light"), ("prometheus", "prometheus"), ("promtool", "prometheus"),
        ("chromium", "chromium"),
        ("node", "nodejs"),
    ];

    public MissingPrograms()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        foreach (var (program, package) in Needed.Where(one => !folders.Any(folder => File.Exists(Path.Combine(folder, one.Program)))))
        {
            TestContext.Current.SendDiagnosticMessage(
                "{0} is not installed, tests that need it are skipped: apt-get install {1}", program, package);
        }
    }
}
