using System.Globalization;
using System.Text.RegularExpressions;

namespace Gateway.Benchmarks;

/// <summary>The output of <c>wrk --latency</c>. Latencies are in microseconds.</summary>
internal sealed partial record WrkReport(long Requests, double RequestsPerSecond, double P50, double P99, long Failures)
{
    public static WrkReport Parse(string text) => new(
        Requests: long.Parse(RequestsPattern().Match(text).Groups["n"].ValueSpan, CultureInfo.InvariantCulture),
        RequestsPerSecond: double.Parse(RatePattern().Match(text).Groups["n"].ValueSpan, CultureInfo.InvariantCulture),
        P50: Microseconds(P50Pattern().Match(text)),
        P99: Microseconds(P99Pattern().Match(text)),
        Failures: FailuresPattern().Matches(text)
            .Sum(static match => long.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture)));

    private static double Microseconds(Match match) =>
        double.Parse(match.Groups["n"].ValueSpan, CultureInfo.InvariantCulture)
        * match.Groups["unit"].Value switch { "us" => 1, "ms" => 1_000, _ => 1_000_000 };

    [GeneratedRegex(@"(?<n>\d+) requests in", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RequestsPattern();

    [GeneratedRegex(@"Requests/sec:\s+(?<n>[\d.]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RatePattern();

    [GeneratedRegex(@"50%\s+(?<n>[\d.]+)(?<unit>us|ms|s)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex P50Pattern();

    [GeneratedRegex(@"99%\s+(?<n>[\d.]+)(?<unit>us|ms|s)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex P99Pattern();

    [GeneratedRegex(
        @"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (?<n>\d+)",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex FailuresPattern();
}
