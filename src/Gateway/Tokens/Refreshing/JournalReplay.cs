using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>At the start, before the first request: what an earlier process could not save is saved, or kept at hand until it can be.</summary>
internal sealed partial class JournalReplay(IGrantJournal journal, UnsavedGrants unsaved, ILogger<JournalReplay> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var ends = journal.Read();
        if (ends.Count > 0)
        {
            Log.Found(logger, ends.Count);

            // Of one connection one after the other, in the order of their leases.
            await Task.WhenAll(ends.GroupBy(static end => end.Id).Select(ReplayAsync));
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ReplayAsync(IEnumerable<AttemptEnd> ends)
    {
        foreach (var end in ends)
        {
            await unsaved.ResumeAsync(end);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2060, LogLevel.Warning, "The journal holds {Count} ends of refreshes and consents that an earlier process could not save; they are saved now.")]
        public static partial void Found(ILogger logger, int count);
    }
}
