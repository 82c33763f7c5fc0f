using Gateway.Tests.Operations.Deployment;

namespace Gateway.Tests.Operations;

public sealed class DockerfileTests
{
    [Fact]
    public void Packages_are_restored_from_the_lock_files_alone()
    {
        var restore = Assert.Single(Dockerfile.Of("RUN"), static run => run.Contains("dotnet restore", StringComparison.Ordinal));
        Assert.Contains("--locked-mode", restore, StringComparison.Ordinal);
        Assert.Equal(
            ["src/Gateway.Demo/packages.lock.json", "src/Gateway/packages.lock.json"],
            Dockerfile.Of("COPY").SelectMany(static copy => copy.Split(' '))
                .Where(static source => source.EndsWith("lock.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    // Without it the compiler and the analyzers use their defaults, whose warnings are errors.
    [Fact]
    public void The_compiler_settings_are_copied_before_the_build()
    {
        Assert.Contains(".editorconfig", Dockerfile.Of("COPY").First().Split(' '));
        Assert.DoesNotContain(".editorconfig", RepositoryFiles.Read(".dockerignore").Split('\n'));
    }

    [Fact]
    public void Both_programs_run_without_root()
    {
        Assert.Equal(2, Dockerfile.Of("ENTRYPOINT").Count());
        Assert.Equal(["$APP_UID", "$APP_UID"], Dockerfile.Of("USER"));
        Assert.Equal("gateway", Dockerfile.Stages[^1]);
    }

    [Fact]
    public void Every_copied_file_exists()
    {
        var sources = Dockerfile.Of("COPY").Where(static copy => !copy.Contains("--from", StringComparison.Ordinal))
            .SelectMany(static copy => copy.Split(' ')[..^1]);
        Assert.All(sources, static source => Assert.NotEmpty(Directory.GetFileSystemEntries(
            Path.GetDirectoryName(RepositoryFiles.PathOf(source))!, Path.GetFileName(source))));
        var ignored = RepositoryFiles.Read(".dockerignore").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(sources, source => ignored.Contains(source.Split('/')[0]));
        Assert.Contains("secrets", ignored);
    }

    [Fact]
    public void The_ports_are_those_of_the_listeners()
    {
        Assert.Empty(GatewayEnvironment.Errors(Dockerfile.Environment));
        Assert.Equal(Dockerfile.Ports.Order(), Dockerfile.Of("EXPOSE").Single().Split(' ').Order());
        Assert.Equal(
            ["Admin", "Connect", "Proxy"],
            Dockerfile.Environment.Keys.Where(static key => key.StartsWith("Kestrel__", StringComparison.Ordinal))
                .Select(static key => key.Split("__")[2]).Order());
        Assert.Contains(":8081/health/ready", Dockerfile.Of("HEALTHCHECK").Single(), StringComparison.Ordinal);
    }
}
