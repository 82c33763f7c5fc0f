namespace Gateway.Configuration;

/// <summary>The command line: the files to load, and the keys that override them.</summary>
/// <param name="Files">From <c>--config FILE</c>, in order; the default file when there is none.</param>
/// <param name="Overrides">All other arguments, <c>--Key:Part=value</c> as the framework reads them.</param>
/// <param name="Errors">Arguments that are neither, without their values.</param>
internal sealed record GatewayArguments(IReadOnlyList<string> Files, string[] Overrides, IReadOnlyList<string> Errors)
{
    private const string Option = "--config";

    private static readonly string DefaultFile = Path.Combine("config", "gateway.json");

    public static GatewayArguments Parse(IReadOnlyList<string> arguments)
    {
        var (files, overrides, errors) = (new List<string>(), new List<string>(), new List<string>());
        for (var i = 0; i < arguments.Count; i++)
        {
            var position = i + 1;
            var (name, value) = Split(arguments, ref i);
            if (name == Option)
            {
                files.Add(value ?? "");
            }
            else if (value is null || (name is ['-', ..] and not ['-', '-', ..]))
            {
                errors.Add($"{(name is ['-' or '/', ..] ? name : $"argument {position}")}: is neither {Option} FILE nor --Key:Part=value");
            }
            else
            {
                overrides.Add($"{name}={value}");
            }
        }

        if (files.RemoveAll(string.IsNullOrEmpty) > 0)
        {
            errors.Add($"{Option}: the name of a file is missing");
        }

        return new GatewayArguments([.. (files.Count == 0 ? [FindDefaultFile()] : files).Select(Path.GetFullPath)], [.. overrides], errors);
    }

    // Splits as the framework does, but keeps what the framework ignores, such as a file that was given without --config.
    private static (string Name, string? Value) Split(IReadOnlyList<string> arguments, ref int index)
    {
        var text = arguments[index];
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals >= 0 ? (text[..equals], text[(equals + 1)..])
            : (text, text is ['-', '-', ..] or ['/', ..] ? arguments.ElementAtOrDefault(++index) : null);
    }

    // Below the working directory, else beside the program.
    private static string FindDefaultFile()
    {
        var installed = Path.Combine(AppContext.BaseDirectory, DefaultFile);
        return !File.Exists(DefaultFile) && File.Exists(installed) ? installed : DefaultFile;
    }
}
