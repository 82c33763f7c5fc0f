using Gateway.Configuration;
using Gateway.Configuration.Reading;

namespace Gateway.Tests.Configuration;

public sealed class ConfigurationSourcesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Later_sources_win_file_by_file_then_secrets_then_environment_then_command_line()
    {
        const string variable = "Logging__precedence__E";
        var secrets = Directory.CreateDirectory(_directory.At("secrets")).FullName;
        var first = File(
            "a",
            """{ /* comments */ "Logging": { "precedence": { "A": "1", "B": "1", "C": "1","""
                + """ "D": "1", "E": "1", "F": "1" } }, } // and commas""");
        var second = File("b", """{ "Logging": { "precedence": { "B": "2", "C": "2", "D": "2", "E": "2", "F": "2" } } }""");
        var third = File("c", """{ "Logging": { "precedence": { "C": "3", "D": "3", "E": "3", "F": "3" } } }""");
        foreach (var key in new[] { "D", "E", "F" })
        {
            _directory.Write($"secrets/Logging__precedence__{key}", "4\n");
        }

        Environment.SetEnvironmentVariable(variable, "5");
        try
        {
            var root = ReadAll(
                ["--config", first, $"--config={second}", "--config", third, "--Logging:precedence:F", "6",
                    $"--Secrets:Directory={secrets}"]);

            Assert.Equal("1 2 3 4 5 6", string.Join(' ', "ABCDEF".Select(key => root[$"Logging:precedence:{key}"])));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void Only_the_last_line_break_of_a_secret_file_is_removed()
    {
        var secrets = Directory.CreateDirectory(_directory.At("secrets")).FullName;
        _directory.Write("secrets/Providers__bokio__ClientSecret", " two words \n");

        var root = ReadAll(["--config", File("a", $$"""{ "Secrets": { "Directory": "{{secrets}}" } }""")]);

        Assert.Equal(" two words ", root["Providers:bokio:ClientSecret"]);
    }

    [Fact]
    public void Listeners_and_store_have_defaults()
    {
        var root = ReadAll(["--config", File("a", "{}")]);

        Assert.Equal("http://127.0.0.1:8080", root["Kestrel:Endpoints:Proxy:Url"]);
        Assert.Equal("http://127.0.0.1:8081", root["Kestrel:Endpoints:Admin:Url"]);
        Assert.Equal("http://127.0.0.1:8082", root["Kestrel:Endpoints:Connect:Url"]);
        Assert.Equal("data", root["Store:Path"]);
    }

    [Fact]
    public void Without_an_option_the_shipped_file_is_read() =>
        Assert.Equal(
            Path.Combine("config", "gateway.json"),
            Path.Combine(GatewayArguments.Parse([]).Files[0].Split(Path.DirectorySeparatorChar)[^2..]));

    [Fact]
    public void An_unreadable_file_is_reported_by_position_and_never_quoted()
    {
        var errors = new ConfigurationErrors();
        var missing = _directory.At("missing.json");
        var broken = File("broken", "{\n  \"Admin\": { \"Key\": canary } }");
        var twice = File("twice", """{ "Admin": { "Key": "canary", "Key": "canary" } }""");
        var list = File("list", """["canary"]""");

        var root = new ConfigurationSources(
            GatewayArguments.Parse(["--config", missing, "--config", broken, "--config", twice, "--config", list, "--config"]))
                .Read(errors);

        Assert.Null(root);
        Assert.Equal(
            [
                "--config: the name of a file is missing",
                $"{missing}: no such file; --config FILE names another",
                $"{broken}: is not JSON from line 2, byte 21 on",
                $"{twice}: A duplicate key 'Admin:Key' was found.",
                $"{list}: Top-level JSON element must be an object. Instead, 'Array' was found.",
            ],
            errors.Lines);
    }

    [Fact]
    public void Unknown_sections_are_refused_from_files_and_command_line_but_not_from_the_environment()
    {
        var errors = new ConfigurationErrors();

        _ = new ConfigurationSources(
            GatewayArguments.Parse(
                ["--config", File("a", """{ "Provider": {}, "Admin": "x", "OTEL_SERVICE_NAME": "g" }"""), "--Stor:Redis=x"])).Read(errors);

        Assert.Equal(
            ["Admin: is not an object", "Provider: unknown key; did you mean Providers?", "Stor: unknown key; did you mean Store?"],
            errors.Lines);
    }

    [Theory]
    [InlineData("--config")]
    [InlineData("--config=")]
    [InlineData("--config", "")]
    public void An_option_without_a_file_is_an_error(params string[] arguments)
    {
        var errors = new ConfigurationErrors();

        _ = new ConfigurationSources(GatewayArguments.Parse(arguments)).Read(errors);

        Assert.Equal(["--config: the name of a file is missing"], errors.Lines);
    }

    [Fact]
    public void A_command_line_argument_without_a_key_is_an_error_and_not_shown()
    {
        var errors = new ConfigurationErrors();

        _ = new ConfigurationSources(
            GatewayArguments.Parse(["--config", File("a", "{}"), "Store:Redis=", "canary", "-c=canary", "/Store:Path", "x", "--help"]))
                .Read(errors);

        Assert.Equal(
            [
                "argument 4: is neither --config FILE nor --Key:Part=value",
                "-c: is neither --config FILE nor --Key:Part=value",
                "--help: is neither --config FILE nor --Key:Part=value",
            ],
            errors.Lines);
    }

    [Fact]
    public void An_empty_value_of_a_later_file_restores_the_default()
    {
        var first = File("a", """{ "Store": { "Redis": "redis:6379", "Path": "/elsewhere" } }""");
        var second = File("b", """{ "Store": { "Redis": "", "Path": "" } }""");

        var root = ReadAll(["--config", first, "--config", second]);

        Assert.Equal("", root["Store:Redis"]);
        Assert.Equal("data", root["Store:Path"]);
    }

    [Fact]
    public void A_secret_that_cannot_be_read_is_an_error()
    {
        var errors = new ConfigurationErrors();
        var secrets = Directory.CreateDirectory(_directory.At("secrets")).FullName;
        System.IO.File.CreateSymbolicLink(_directory.At("secrets/Admin__Key"), _directory.At("gone"));

        var root = new ConfigurationSources(GatewayArguments.Parse(["--config", File("a", "{}"), $"--Secrets:Directory={secrets}"]))
            .Read(errors);

        Assert.Null(root);
        Assert.StartsWith($"Secrets:Directory: '{secrets}' can't be read: ", Assert.Single(errors.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_secrets_for_one_key_are_an_error_that_names_the_key()
    {
        var errors = new ConfigurationErrors();
        var secrets = Directory.CreateDirectory(_directory.At("secrets")).FullName;
        _directory.Write("secrets/Admin__Key", "canary");
        _directory.Write("secrets/admin__key", "canary");

        var root = new ConfigurationSources(GatewayArguments.Parse(["--config", File("a", "{}"), $"--Secrets:Directory={secrets}"]))
            .Read(errors);

        Assert.Null(root);
        Assert.Contains("admin:key", Assert.Single(errors.Lines), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("canary", errors.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_secrets_directory_is_an_error()
    {
        var errors = new ConfigurationErrors();

        _ = new ConfigurationSources(GatewayArguments.Parse(["--config", File("a", "{}"), "--Secrets:Directory=/nowhere/secrets"]))
            .Read(errors);

        Assert.Equal(["Secrets:Directory: '/nowhere/secrets' is not a directory"], errors.Lines);
    }

    [Fact]
    public void The_fingerprint_depends_on_content_and_detects_a_swapped_link()
    {
        // As Kubernetes mounts: file -> ..data/file, ..data -> a directory that is replaced as a whole.
        foreach (var version in new[] { "v1", "v2" })
        {
            Directory.CreateDirectory(_directory.At(version));
            _directory.Write($"{version}/gateway.json", $$"""{ "Store": { "Path": "{{version}}" } }""");
        }

        Directory.CreateSymbolicLink(_directory.At("..data"), "v1");
        System.IO.File.CreateSymbolicLink(_directory.At("gateway.json"), "..data/gateway.json");
        var sources = new ConfigurationSources(GatewayArguments.Parse(["--config", _directory.At("gateway.json")]));
        var before = sources.Fingerprint();

        System.IO.File.SetLastWriteTimeUtc(_directory.At("v1/gateway.json"), DateTime.UnixEpoch);
        var touched = sources.Fingerprint();
        Directory.Delete(_directory.At("..data"));
        Directory.CreateSymbolicLink(_directory.At("..data"), "v2");

        Assert.Equal(before, touched, StringComparer.Ordinal);
        Assert.NotEqual(before, sources.Fingerprint(), StringComparer.Ordinal);
    }

    private string File(string name, string json) => _directory.Write($"{name}.json", json);

    private static IConfigurationRoot ReadAll(string[] arguments)
    {
        var errors = new ConfigurationErrors();
        var root = new ConfigurationSources(GatewayArguments.Parse(arguments)).Read(errors);
        Assert.Empty(errors.Lines);
        return root!;
    }
}
