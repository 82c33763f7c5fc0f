namespace Gateway.Observability.Exporting;

/// <summary>Gives the <see cref="ExportLog"/> its logger, which can't be made before the exporters are.</summary>
internal sealed class ExportLogOpening(ExportLog log, ILogger<ExportLog> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        log.Open(logger);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
