using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>
/// Who is compared (<c>proxies</c>, <c>telemetry</c> or <c>inline</c>), how long and how hard: <c>proxies --rounds 5 --seconds 6 --warmup 12 --connections 32</c>.
/// </summary>
internal sealed record ComparisonOptions(string Field, int Rounds, int Seconds, int WarmupSeconds, int Connections)
{
    public static ComparisonOptions Parse(string[] args) => new(
        Field: args.FirstOrDefault() is { } first && !first.StartsWith('-') ? first : "proxies",
        Rounds: Number(args, "--rounds", 5),
        Seconds: Number(args, "--seconds", 6),
        WarmupSeconds: Number(args, "--warmup", 12),
        Connections: Number(args, "--connections", 32));

    private static int Number(string[] args, string name, int fallback)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 ? fallback : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
