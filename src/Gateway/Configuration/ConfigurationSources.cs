using System.Security.Cryptography;
using System.Text;

namespace Gateway.Configuration;

/// <summary>Where the configuration comes from. Later wins: defaults, files in order, secrets directory, environment, command line.</summary>
internal sealed class ConfigurationSources(GatewayArguments arguments)
{
    /// <summary>The keys of a file's outermost object; all but the first are objects.</summary>
    internal static readonly string[] KnownSections =
        ["$schema", "Kestrel", "Admin", "Store", "Connect", "Secrets", "Forwarding", "Providers", "ReverseProxy", "Logging"];

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

    // Written by a load, read by the watch: one at start, then both in the reload loop.
    private volatile string? _secrets;
    private volatile string _readFingerprint = "";

    /// <summary>The fingerprint of what was read last.</summary>
    public string ReadFingerprint => _readFingerprint;

    /// <summary>Keys of secrets that came over the command line, which every user of the machine can read.</summary>
    public IEnumerable<string> SecretsOnCommandLine =>
        Overrides(new ConfigurationBuilder()).Build().AsEnumerable().Where(static pair => pair.Value is not null).Select(static pair => pair.Key).Where(SecretKeys.Contains);

    /// <summary>Reads everything anew.</summary>
    /// <returns>Null when a file can't be read, so that there is nothing to check; <paramref name="errors"/> says which.</returns>
    public IConfigurationRoot? Read(ConfigurationErrors errors)
    {
        // Taken before the reading: what changes meanwhile is seen by the next look.
        _readFingerprint = Fingerprint();
        errors.AddRange(arguments.Errors);
        var files = arguments.Files.Select(path => ConfigurationFile.Read(path, errors)).OfType<IConfigurationRoot>().ToList();
        if (files.Count < arguments.Files.Count)
        {
            return null;
        }

        foreach (var file in files.Append(Overrides(new ConfigurationBuilder()).Build()))
        {
            RefuseUnknownSections(file, errors);
        }

        return ReadSecrets(files, FindSecrets(Build(files, secrets: null), errors), errors);
    }

    /// <summary>Changes whenever the bytes of a file or of a secret change; symbolic links are followed, so that a swapped mount counts.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in arguments.Files.Concat(_secrets is { } directory ? FilesIn(directory) : []))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path));
            hash.AppendData(Bytes(path));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // Nothing has a prefix in the environment, so only the other sources can be asked for strangers.
    private static void RefuseUnknownSections(IConfiguration source, ConfigurationErrors errors)
    {
        foreach (var section in source.GetChildren())
        {
            if (!IsKnown(section.Key))
            {
                errors.Add(section.Path, SectionReader.Stranger(section.Key, KnownSections));
            }
            else if (!string.IsNullOrEmpty(section.Value) && KnownSections.Skip(1).Contains(section.Key, StringComparer.OrdinalIgnoreCase))
            {
                errors.Add(section.Path, "is not an object");
            }
        }
    }

    private static bool IsKnown(string section) =>
        KnownSections.Contains(section, StringComparer.OrdinalIgnoreCase) || section.StartsWith("OTEL_", StringComparison.Ordinal);

    // The directory itself counts as one: a mount may be taken away, even between two looks, and come back empty.
    private static IEnumerable<string> FilesIn(string directory)
    {
        try
        {
            return Directory.GetFiles(directory).Order(StringComparer.Ordinal).Prepend(directory);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private string? FindSecrets(IConfiguration root, ConfigurationErrors errors)
    {
        var directory = root["Secrets:Directory"] is { Length: > 0 } configured ? Path.GetFullPath(configured) : null;
        if (directory != _secrets)
        {
            _secrets = directory;
            _readFingerprint = Fingerprint();
        }

        if (directory is not null && !Directory.Exists(directory))
        {
            errors.Add("Secrets:Directory", directory, "is not a directory");
            return null;
        }

        return directory;
    }

    // The framework names files and keys only: a link that leads nowhere, a file of somebody else, two that differ in case.
    private IConfigurationRoot? ReadSecrets(IEnumerable<IConfiguration> files, string? secrets, ConfigurationErrors errors)
    {
        try
        {
            return Build(files, secrets);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            errors.Add("Secrets:Directory", secrets ?? "", $"can't be read: {exception.Message}");
            return null;
        }
    }

    private IConfigurationRoot Build(IEnumerable<IConfiguration> files, string? secrets)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection(Merge(files));
        if (secrets is not null)
        {
            builder.AddKeyPerFile(secrets, optional: false, reloadOnChange: false);
        }

        return Overrides(builder.AddEnvironmentVariables()).Build();
    }

    // Not as chained sources, which pass over what is empty: a later file could not take back what an earlier one says.
    private static Dictionary<string, string?> Merge(IEnumerable<IConfiguration> files)
    {
        var merged = new Dictionary<string, string?>(Defaults, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in files.SelectMany(static file => file.AsEnumerable()).Where(static pair => pair.Value is not null))
        {
            merged[key] = value is "" ? Defaults.GetValueOrDefault(key, value) : value;
        }

        return merged;
    }

    private IConfigurationBuilder Overrides(IConfigurationBuilder builder) => builder.AddCommandLine(arguments.Overrides);
}
