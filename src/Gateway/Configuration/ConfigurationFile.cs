using System.Text.Json;

namespace Gateway.Configuration;

/// <summary>Reads one JSON file, comments and trailing commas allowed. What is wrong is told by place, never by quoting.</summary>
internal static class ConfigurationFile
{
    /// <returns>Null when <paramref name="errors"/> got a line.</returns>
    public static IConfigurationRoot? Read(string path, ConfigurationErrors errors)
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
            // The framework's own words, which name keys only: a key given twice, or something else than an object.
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
}
