using System.Diagnostics;
using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>Starts processes, and reads their figures from Linux's <c>/proc</c>.</summary>
internal static class Shell
{
    private const double TicksPerSecond = 100; // USER_HZ; constant in the kernel's interface

    public static Process Start(string file, string arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    public static async Task<string> ReadAsync(string file, string arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{file} {arguments} ended with {process.ExitCode}.");
    }

    public static IEnumerable<int> ProcessTree(int root)
    {
        var children = File.ReadAllText($"/proc/{root}/task/{root}/children");
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(static child => ProcessTree(int.Parse(child, CultureInfo.InvariantCulture)))
            .Prepend(root);
    }

    public static TimeSpan CpuTime(int id)
    {
        var stat = File.ReadAllText($"/proc/{id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return TimeSpan.FromSeconds((Number(fields[11]) + Number(fields[12])) / TicksPerSecond);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
