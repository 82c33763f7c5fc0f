using System.Diagnostics;

namespace Gateway.Benchmarks;

/// <summary>One proxy under load: a process on the pinned core, an address, and a way to ask what it has allocated.</summary>
internal sealed class Contender(string name, Process process, Uri target, Func<Task<double?>> allocated) : IDisposable
{
    /// <summary>An invented value, the same for all contenders.</summary>
    public const string Authorization = "Bearer bench-0123456789abcdef0123456789abcdef";

    public const string AllocatedPath = "/allocated";

    /// <summary>The core of the contender; the origin and the load generator have the other.</summary>
    public const int Core = 0;

    public string Name => name;

    public List<Measurement> Rounds { get; } = [];

    /// <summary>Puts load on for a while; the first call after the start is warm-up.</summary>
    public async Task<Measurement> MeasureAsync(int connections, int seconds)
    {
        var (cpuBefore, bytesBefore) = (Cpu(), await allocated());
        var text = await Shell.ReadAsync("taskset", $"-c 1 wrk -t1 -c{connections} -d{seconds}s --latency {target}");
        var report = WrkReport.Parse(text);
        var (cpu, bytes) = (Cpu() - cpuBefore, await allocated() - bytesBefore);
        return new(
            report.RequestsPerSecond, cpu.TotalMicroseconds / report.Requests, report.P50, report.P99, bytes / report.Requests, report.Failures);
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
        process.Dispose();
    }

    // nginx works in a child of the process that was started; the others have none.
    private TimeSpan Cpu() => Shell.ProcessTree(process.Id).Aggregate(TimeSpan.Zero, static (sum, id) => sum + Shell.CpuTime(id));
}
