using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>
/// Contenders side by side: each alone on the pinned core, in alternating rounds after a warm-up, so that a drift of the machine meets all
/// of them. Medians are printed, and the ratios of the first to each other; a failed request voids the run.
/// </summary>
internal static class Comparison
{
    private static readonly Dictionary<string, Func<Contenders, Task<Contender>>[]> Fields = new(StringComparer.Ordinal)
    {
        ["proxies"] = [static at => at.StartGatewayAsync(), static at => at.StartYarpWithMetersAsync(), static at => at.StartBareYarpAsync(), static at => at.StartNginxAsync()],
        ["telemetry"] = [static at => at.StartTracedGatewayAsync(), static at => at.StartGatewayAsync(), static at => at.StartGatewayAsync(GatewayVariant.Silent)],
        ["inline"] = [static at => at.StartGatewayAsync(GatewayVariant.Inline), static at => at.StartGatewayAsync(), static at => at.StartNginxAsync()],
    };

    public static async Task<int> RunAsync(ComparisonOptions options)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-bench").FullName;
        using var starter = new Contenders(directory);
        await starter.StartOriginAsync();
        var contenders = new List<Contender>();
        foreach (var start in Fields[options.Field])
        {
            contenders.Add(await start(starter));
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
        Console.WriteLine($"{options.Rounds} alternating rounds of {options.Seconds} s, {options.Connections} connections, medians (lowest to highest)");
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
        var added = other.Rounds[0].BytesPerRequest is null
            ? ""
            : $"; {Median(first, static round => round.BytesPerRequest!.Value) - Median(other, static round => round.BytesPerRequest!.Value):+0;-0} bytes/request";
        return string.Create(CultureInfo.InvariantCulture, $"{first.Name} / {other.Name}: {ratio:F3} (round by round {ratios[0]:F3} to {ratios[^1]:F3}){added}");
    }

    private static string Row(Contender contender) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {contender.Name} | {Spread(contender, static round => round.RequestsPerSecond)} | {Median(contender, static round => round.CpuMicrosecondsPerRequest):F1} "
        + $"| {Median(contender, static round => round.P50):F0} | {Median(contender, static round => round.P99):F0} "
        + $"| {(contender.Rounds[0].BytesPerRequest is null ? "–" : Median(contender, static round => round.BytesPerRequest!.Value).ToString("F0", CultureInfo.InvariantCulture))} "
        + $"| {contender.Rounds.Sum(static round => round.Failures)} |");

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
