using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using Gateway.Configuration.Reading;

namespace Gateway.Configuration;

/// <summary>The sources of the configuration. Later ones win: defaults, files, secrets directory, environment, command line.</summary>
internal sealed class ConfigurationSources(GatewayArguments arguments)
{
    /// <summary>The keys of a file's outermost object; all but the first are objects.</summary>
    internal static readonly string[] KnownSections =
        ["$schema", "Kestrel", "Admin", "Store", "Connect", "Secrets", "Proxy", "Forwarding", "Providers", "ReverseProxy", "Logging"];

    private static readonly Dictionary<string, string?> Defaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Kestrel:Endpoints:Proxy:Url"] = "http://127.0.0.1:8080",
        ["Kestrel:Endpoints:Admin:Url"] = "http://127.0.0.1:8081",
        ["Kestrel:Endpoints:Connect:Url"] = "http://127.0.0.1:8082",
        ["Store:Path"] = "data",
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Yarp"] = "Warning",
    };

    // Written by Read and read by Fingerprint. Reads do not overlap: first the start, then the reload loop.
    private volatile string? _secretsDirectory;
    private volatile string _readFingerprint = "";

    /// <summary>The fingerprint at the time of the last <see cref="Read"/>.</summary>
    public string ReadFingerprint => _readFingerprint;

    /// <summary>Keys of secrets that were given on the command line, which every user of the machine can read.</summary>
    public IEnumerable<string> SecretsOnCommandLine =>
        from pair in CommandLine.AsEnumerable()
        where pair.Value is not null && SecretKeys.Contains(pair.Key)
        select pair.Key;

    private IConfigurationRoot CommandLine => new ConfigurationBuilder().AddCommandLine(arguments.Overrides).Build();

    /// <summary>Reads all sources again.</summary>
    /// <returns>Null when one can't be read, so that the rest can't be checked; <paramref name="errors"/> names it.</returns>
    public IConfigurationRoot? Read(ConfigurationErrors errors)
    {
        // Taken before reading, so that a change during the reading is seen by the next poll.
        _readFingerprint = Fingerprint();
        errors.AddRange(arguments.Errors);
        var files = arguments.Files.Select(path => ReadFile(path, errors)).OfType<IConfigurationRoot>().ToList();
        if (files.Count < arguments.Files.Count)
        {
            return null;
        }

        // The environment also holds variables that are not the gateway's, so unknown sections are looked for in the other sources only.
        foreach (var section in files.Append(CommandLine).SelectMany(static source => source.GetChildren()))
        {
            CheckSection(section, errors);
        }

        var directory = FindSecretsDirectory(Build(files, secretsDirectory: null), errors);
        try
        {
            return Build(files, directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The messages name files and keys only: a broken link, a missing permission, two files that differ in case.
            errors.Add("Secrets:Directory", directory ?? "", $"can't be read: {exception.Message}");
            return null;
        }
    }

    /// <summary>Changes with the bytes of a file or of a secret. Symbolic links are followed, so that a swapped mount is seen.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in arguments.Files.Concat(_secretsDirectory is { } directory ? ListSecrets(directory) : []))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData(Try(() => File.ReadAllBytes(path)) ?? []);
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // Errors name the place in the file and never quote it.
    private static IConfigurationRoot? ReadFile(string path, ConfigurationErrors errors)
    {
        try
        {
            using var file = File.OpenRead(path);
            return new ConfigurationBuilder().AddJsonStream(file).Build();
        }
        catch (JsonException exception)
        {
            errors.Add(path, $"is not JSON from line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} on");
        }
        catch (FormatException exception)
        {
            // The framework's message names keys only: a duplicate key, or an outermost value that is not an object.
            errors.Add(path, exception.Message);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(path, "no such file; --config FILE names another");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(path, "can't be read");
        }

        return null;
    }

    private static void CheckSection(IConfigurationSection section, ConfigurationErrors errors)
    {
        if (section.Key.StartsWith("OTEL_", StringComparison.Ordinal))
        {
            return;
        }

        if (!KnownSections.Contains(section.Key, StringComparer.OrdinalIgnoreCase))
        {
            errors.AddUnknownKey(section, KnownSections);
        }
        else if (!string.IsNullOrEmpty(section.Value) && KnownSections.Skip(1).Contains(section.Key, StringComparer.OrdinalIgnoreCase))
        {
            errors.Add(section.Path, "is not an object");
        }
    }

    // The directory itself is part of the list: a mount may vanish between two polls and come back empty.
    private static IEnumerable<string> ListSecrets(string directory) =>
        Try(() => Directory.GetFiles(directory))?.Order(StringComparer.Ordinal).Prepend(directory) ?? [];

    private static T? Try<T>(Func<T> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string? FindSecretsDirectory(IConfiguration root, ConfigurationErrors errors)
    {
        var directory = root["Secrets:Directory"] is { Length: > 0 } configured ? Path.GetFullPath(configured) : null;
        if (directory != _secretsDirectory)
        {
            _secretsDirectory = directory;
            _readFingerprint = Fingerprint();
        }

        if (directory is not null && !Directory.Exists(directory))
        {
            errors.Add("Secrets:Directory", directory, "is not a directory");
            return null;
        }

        return directory;
    }

    private IConfigurationRoot Build(IEnumerable<IConfiguration> files, string? secretsDirectory)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection(Merge(files));
        if (secretsDirectory is not null)
        {
            builder.AddKeyPerFile(secretsDirectory, optional: false, reloadOnChange: false);
        }

        return builder.AddEnvironmentVariables().AddCommandLine(arguments.Overrides).Build();
    }

    // Merged here and not chained, because a chained source ignores empty values: a later file could not clear a key of an earlier one.
    private static Dictionary<string, string?> Merge(IEnumerable<IConfiguration> files)
    {
        var merged = new Dictionary<string, string?>(Defaults, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in files.SelectMany(static file => file.AsEnumerable()).Where(static pair => pair.Value is not null))
        {
            merged[key] = value is "" ? Defaults.GetValueOrDefault(key, value) : value;
        }

        return merged;
    }
}
