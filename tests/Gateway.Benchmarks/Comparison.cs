using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>
/// Measures contenders one at a time on the pinned core, in alternating rounds after a warm-up, so that a change of the machine's speed
/// affects all of them. Prints medians, and the ratio of the first contender to each other; exits with 1 if a request failed.
/// </summary>
internal static class Comparison
{
    private static readonly Dictionary<string, Func<ContenderFactory, Task<Contender>>[]> Sets = new(StringComparer.Ordinal)
    {
        ["proxies"] =
        [
            static factory => factory.StartGatewayAsync(), static factory => factory.StartYarpWithMetersAsync(),
            static factory => factory.StartBareYarpAsync(), static factory => factory.StartNginxAsync(),
        ],
        ["telemetry"] =
        [
            static factory => factory.StartTracedGatewayAsync(), static factory => factory.StartGatewayAsync(),
            static factory => factory.StartGatewayAsync(GatewayVariant.Silent),
        ],
        ["inline"] =
        [
            static factory => factory.StartGatewayAsync(GatewayVariant.Inline), static factory => factory.StartGatewayAsync(),
            static factory => factory.StartNginxAsync(),
        ],
    };

    public static async Task<int> RunAsync(ComparisonOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-bench").FullName;
        using var factory = new ContenderFactory(directory);
        await factory.StartOriginAsync();
        var contenders = new List<Contender>();
        foreach (var start in Sets[options.Set])
        {
            contenders.Add(await start(factory));
        }

        foreach (var contender in contenders)
        {
            await contender.MeasureAsync(options.Connections, options.WarmupSeconds);
        }

        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var contender in contenders)
            {
                contender.Rounds.Add(await contender.MeasureAsync(options.Connections, options.Seconds));
            }
        }

        return Print(contenders, options);
    }

    private static int Print(List<Contender> contenders, ComparisonOptions options)
    {
        Console.WriteLine(
            $"{options.Rounds} alternating rounds of {options.Seconds} s, {options.Connections} connections, medians (lowest to highest)");
        Console.WriteLine("| | requests/s | CPU-µs/request | p50 µs | p99 µs | bytes/request | failures |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var contender in contenders)
        {
            Console.WriteLine(Row(contender));
        }

        foreach (var other in contenders.Skip(1))
        {
            Console.WriteLine(Ratio(contenders[0], other));
        }

        return contenders.Sum(static contender => contender.Rounds.Sum(static round => round.Failures)) == 0 ? 0 : 1;
    }

    private static string Ratio(Contender first, Contender other)
    {
        var ratios = first.Rounds.Zip(other.Rounds, static (mine, its) => mine.RequestsPerSecond / its.RequestsPerSecond).Order().ToList();
        var ratio = Median(first, static round => round.RequestsPerSecond) / Median(other, static round => round.RequestsPerSecond);
        var added = Bytes(first) is { } mine && Bytes(other) is { } its ? $"; {mine - its:+0;-0} bytes/request" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{first.Name} / {other.Name}: {ratio:F3} (round by round {ratios[0]:F3} to {ratios[^1]:F3}){added}");
    }

    private static string Row(Contender contender)
    {
        var cpu = Median(contender, static round => round.CpuMicrosecondsPerRequest);
        var (p50, p99) = (Median(contender, static round => round.P50), Median(contender, static round => round.P99));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {contender.Name} | {Spread(contender, static round => round.RequestsPerSecond)} | {cpu:F1} | {p50:F0} | {p99:F0} "
            + $"| {Bytes(contender)?.ToString("F0", CultureInfo.InvariantCulture) ?? "–"} "
            + $"| {contender.Rounds.Sum(static round => round.Failures)} |");
    }

    // Null for a contender that does not report its allocations.
    private static double? Bytes(Contender contender) =>
        contender.Rounds[0].BytesPerRequest is null ? null : Median(contender, static round => round.BytesPerRequest!.Value);

    private static string Spread(Contender contender, Func<Measurement, double> figure)
    {
        var ordered = contender.Rounds.Select(figure).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{Median(contender, figure):F0} ({ordered[0]:F0}–{ordered[^1]:F0})");
    }

    private static double Median(Contender contender, Func<Measurement, double> figure)
    {
        var ordered = contender.Rounds.Select(figure).Order().ToList();
        return ordered.Count % 2 == 1 ? ordered[ordered.Count / 2] : (ordered[(ordered.Count / 2) - 1] + ordered[ordered.Count / 2]) / 2;
    }
}

/// <summary>
/// The command line of a comparison. The defaults are <c>proxies --rounds 5 --seconds 6 --warmup 12 --connections 32</c>.
/// </summary>
/// <param name="Set">The contenders: <c>proxies</c>, <c>telemetry</c> or <c>inline</c>.</param>
/// <param name="Rounds">Number of rounds for each contender.</param>
/// <param name="Seconds">Length of a round.</param>
/// <param name="WarmupSeconds">Length of the warm-up of each contender.</param>
/// <param name="Connections">Concurrent connections of the load generator.</param>
internal sealed record ComparisonOptions(string Set, int Rounds, int Seconds, int WarmupSeconds, int Connections)
{
    public static ComparisonOptions Parse(string[] args) => new(
        Set: args.FirstOrDefault() is { } first && !first.StartsWith('-') ? first : "proxies",
        Rounds: Number(args, "--rounds", 5),
        Seconds: Number(args, "--seconds", 6),
        WarmupSeconds: Number(args, "--warmup", 12),
        Connections: Number(args, "--connections", 32));

    private static int Number(string[] args, string name, int defaultValue)
    {
        var index = Array.IndexOf(args, name);
        return index < 0 ? defaultValue : int.Parse(args[index + 1], CultureInfo.InvariantCulture);
    }
}
