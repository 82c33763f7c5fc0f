using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Tokens.Refreshing;

/// <summary>What operators get to see of grants that are not stored: a gauge and a line when it begins and when it ends.</summary>
internal sealed partial class UnsavedGrantEvents(GatewayMetrics metrics, ILogger<UnsavedGrants> logger)
{
    public void Kept(AttemptEnd end)
    {
        if (!end.IsRenewal)
        {
            return;
        }

        var (provider, name) = end.Id;
        metrics.UnsavedGrants(+1);
        if (end.IsGiven)
        {
            Log.KeptGiven(logger, provider, name);
        }
        else
        {
            Log.Kept(logger, provider, name, end.Next.Generation);
        }
    }

    public void Settled(AttemptEnd end, SaveOutcome outcome)
    {
        if (!end.IsRenewal)
        {
            return;
        }

        var (provider, name) = end.Id;
        metrics.UnsavedGrants(-1);
        if (!end.IsGiven)
        {
            Log.Settled(logger, provider, name, end.Next.Generation);
        }
        else if (outcome == SaveOutcome.Saved)
        {
            Log.StoredGiven(logger, provider, name);
        }
        else
        {
            Log.OvertakenGiven(logger, provider, name);
        }
    }

    public void Crashed(AttemptEnd end, Exception exception) => Log.Crashed(logger, end.Id.Provider, end.Id.Name, exception);

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Warning,
            "Connection {Provider}/{Connection}: generation {Generation} is not stored; it serves from memory and is written again.")]
        public static partial void Kept(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2011, LogLevel.Information, "Connection {Provider}/{Connection}: generation {Generation} is unsaved no longer.")]
        public static partial void Settled(ILogger logger, string provider, string connection, long generation);

        [LoggerMessage(2012, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the grant that its owner gave is not stored; it is kept, and written again until it is.")]
        public static partial void KeptGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2013, LogLevel.Information, "Connection {Provider}/{Connection}: the grant that its owner gave is stored now.")]
        public static partial void StoredGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2014, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the grant that its owner gave is dropped; the connection was removed or connected again before the store had it.")]
        public static partial void OvertakenGiven(ILogger logger, string provider, string connection);

        [LoggerMessage(2015, LogLevel.Error, "Saving a grant or a note of connection {Provider}/{Connection} failed unexpectedly; it is tried again.")]
        public static partial void Crashed(ILogger logger, string provider, string connection, Exception exception);
    }
}
