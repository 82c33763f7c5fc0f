using System.Diagnostics;
using System.Text;

namespace Gateway.Testing;

/// <summary>One run of a redis-server process; its log shows when it is ready and why it ended.</summary>
internal sealed class RedisProcess : IDisposable
{
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder log = new();
    private readonly Process process;
    private readonly string readyWords;

    /// <param name="executable">The path of redis-server, also for a Sentinel.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="readyWords">The text in its log that means ready.</param>
    public RedisProcess(string executable, IEnumerable<string> arguments, string readyWords = "eady to accept connections")
    {
        this.readyWords = readyWords;
        process = Process.Start(new ProcessStartInfo(executable, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, e) => Read(e.Data);
        process.ErrorDataReceived += (_, e) => Read(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Ended = WatchAsync();
    }

    public int Id => process.Id;

    /// <summary>Completes when connections are accepted; fails with the server's log when it ends before.</summary>
    public Task Ready => ready.Task;

    public Task Ended { get; }

    public void Dispose() => process.Dispose();

    private async Task WatchAsync()
    {
        await process.WaitForExitAsync();
        lock (log)
        {
            ready.TrySetException(new InvalidOperationException($"redis-server ended: {log}"));
        }

        _ = ready.Task.Exception; // Observed here, for callers that do not await Ready.
    }

    // Called by the readers of both streams, hence the lock.
    private void Read(string? line)
    {
        lock (log)
        {
            log.AppendLine(line);
        }

        if (line is not null && line.Contains(readyWords, StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }
}
