using OpenTelemetry.Exporter.Prometheus.Exposition;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>
/// Gives each scrape an answer. One scrape at a time collects and writes; those that came meanwhile take its answer, and so do those
/// that come within the cache duration, each in its own format.
/// </summary>
internal sealed class Scrapes(PrometheusExporter exporter) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    // All of these are read and written by whoever has the turn.
    private readonly Dictionary<bool, byte[]> _answers = [];
    private readonly TimeProvider _time = TimeProvider.System;
    private long? _collectedAt;

    /// <summary>The exposition, or null if the provider is shut down or failed to collect.</summary>
    public async Task<byte[]?> ScrapeAsync(bool openMetrics, CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return IsFresh(asked) || Collect() ? Answer(openMetrics) : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Not disposed is the semaphore: a scrape that waits may outlive the provider, and without a wait handle there is nothing to free.
    public void Dispose() => exporter.Collect = null;

    private bool IsFresh(long asked) =>
        _collectedAt is { } collectedAt
        && (collectedAt >= asked
            || _time.GetElapsedTime(collectedAt).TotalMilliseconds < exporter.Options.ScrapeResponseCacheDurationMilliseconds);

    private bool Collect()
    {
        _answers.Clear();
        _collectedAt = null;
        if (exporter.Collect?.Invoke(Timeout.Infinite) != true)
        {
            return false;
        }

        _collectedAt = _time.GetTimestamp();
        return true;
    }

    private byte[] Answer(bool openMetrics)
    {
        if (!_answers.TryGetValue(openMetrics, out var answer))
        {
            answer = ExpositionWriter.Write(exporter, openMetrics);
            _answers.Add(openMetrics, answer);
        }

        return answer;
    }
}
