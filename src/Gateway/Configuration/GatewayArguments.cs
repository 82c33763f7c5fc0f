namespace Gateway.Configuration;

/// <summary>The command line: which files, and the keys that override them.</summary>
/// <param name="Files">From <c>--config FILE</c>, in order; the default file when there is none.</param>
/// <param name="Overrides">Everything else, <c>--Key:Part=value</c> as the framework reads it.</param>
/// <param name="Errors">What can't be understood.</param>
internal sealed record GatewayArguments(IReadOnlyList<string> Files, string[] Overrides, IReadOnlyList<string> Errors)
{
    private const string Option = "--config";

    /// <summary>Below the working directory, else beside the program.</summary>
    private static readonly string DefaultFile = Path.Combine("config", "gateway.json");

    public static GatewayArguments Parse(IReadOnlyList<string> arguments)
    {
        var (files, overrides, errors) = (new List<string>(), new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var isOption = arguments[i] == Option;
            if (!isOption && !arguments[i].StartsWith(Option + "=", StringComparison.Ordinal))
            {
                overrides.Add(arguments[i]);
            }
            else if ((isOption ? arguments.ElementAtOrDefault(++i) : arguments[i][(Option.Length + 1)..]) is { Length: > 0 } file)
            {
                files.Add(file);
            }
            else
            {
                errors.Add($"{Option}: the name of a file is missing");
            }
        }

        return new GatewayArguments([.. (files.Count == 0 ? [FindDefaultFile()] : files).Select(Path.GetFullPath)], [.. overrides], errors);
    }

    private static string FindDefaultFile()
    {
        var installed = Path.Combine(AppContext.BaseDirectory, DefaultFile);
        return !File.Exists(DefaultFile) && File.Exists(installed) ? installed : DefaultFile;
    }
}
