using System.Diagnostics;

namespace Gateway.Benchmarks;

/// <summary>A proxy to measure.</summary>
/// <param name="name">Name in the output.</param>
/// <param name="process">Its process, pinned to <see cref="Core"/>.</param>
/// <param name="target">The address that the load generator requests.</param>
/// <param name="allocated">Reads the managed bytes allocated since the start; null if the proxy does not report them.</param>
internal sealed class Contender(string name, Process process, Uri target, Func<Task<double?>> allocated) : IDisposable
{
    /// <summary>The credential that all contenders send, an invented value.</summary>
    public const string Authorization = "Bearer bench-0123456789abcdef0123456789abcdef";

    /// <summary>Path at which bare YARP reports its allocated bytes.</summary>
    public const string AllocatedPath = "/allocated";

    /// <summary>The core that runs the contender; origin and load generator run on core 1.</summary>
    public const int Core = 0;

    public string Name => name;

    public List<Measurement> Rounds { get; } = [];

    /// <summary>Applies load and measures one round. The first call after the start is the warm-up.</summary>
    public async Task<Measurement> MeasureAsync(int connections, int seconds)
    {
        var (cpuBefore, bytesBefore) = (Cpu(), await allocated());
        var text = await Shell.ReadAsync("taskset", $"-c 1 wrk -t1 -c{connections} -d{seconds}s --latency {target}");
        var report = WrkReport.Parse(text);
        var (cpu, bytes) = (Cpu() - cpuBefore, await allocated() - bytesBefore);
        return new(
            report.RequestsPerSecond,
            cpu.TotalMicroseconds / report.Requests,
            report.P50,
            report.P99,
            bytes / report.Requests,
            report.Failures);
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    // Includes child processes, because nginx serves requests in one.
    private TimeSpan Cpu() => Shell.ProcessTree(process.Id).Aggregate(TimeSpan.Zero, static (sum, id) => sum + Shell.CpuTime(id));
}

/// <summary>The figures of one round of one contender.</summary>
/// <param name="RequestsPerSecond">Rate reported by the load generator.</param>
/// <param name="CpuMicrosecondsPerRequest">User and system time of the contender's process.</param>
/// <param name="P50">Median latency in microseconds.</param>
/// <param name="P99">99th percentile in microseconds.</param>
/// <param name="BytesPerRequest">Managed bytes allocated; null if the contender does not report them.</param>
/// <param name="Failures">Answers other than 2xx and socket errors.</param>
internal sealed record Measurement(
    double RequestsPerSecond, double CpuMicrosecondsPerRequest, double P50, double P99, double? BytesPerRequest, long Failures);
