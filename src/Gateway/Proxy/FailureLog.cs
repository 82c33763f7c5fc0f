using System.Collections.Concurrent;

using Gateway.Tokens.Cache;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>
/// Logs failures of forwarding, each of which YARP would print with a stack. Here the first failure of a kind on a route is a line at once, and
/// those that follow are counted in one line every ten seconds. A caller who hangs up is nobody's failure and is told at Debug.
/// </summary>
internal sealed partial class FailureLog(TimeProvider clock, ILogger<FailureLog> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Routes come from the configuration and kinds from an enumeration, so there are few; none is removed.
    private readonly ConcurrentDictionary<(string Route, ForwarderError Kind), Window> _windows = new();

    public void Note(string route, IForwarderErrorFeature error)
    {
        if (IsCallers(error.Error))
        {
            Log.CallerLeft(logger, route, error.Error);
            return;
        }

        var window = _windows.GetOrAdd((route, error.Error), static _ => new());
        if (!window.TryOpen(clock.GetUtcNow(), out var others))
        {
            return;
        }

        if (error.Error == ForwarderError.RequestCreation)
        {
            Log.NotSent(logger, route, others, error.Exception);
        }
        else
        {
            Log.Failed(logger, route, error.Error, error.Exception is { } cause ? AttemptError.TypeOf(cause) : "none", others);
        }
    }

    private static bool IsCallers(ForwarderError error) => error is
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
        or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient
        or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient or ForwarderError.UpgradeActivityTimeout;

    private sealed class Window
    {
        // Requests race for both: one wins the line, and takes what was counted until then.
        private long _dueTicks;
        private long _unsaid;

        public bool TryOpen(DateTimeOffset now, out long others)
        {
            var mine = Claim.TryTake(ref _dueTicks, now, Pause);
            others = mine ? Interlocked.Exchange(ref _unsaid, 0) : Interlocked.Increment(ref _unsaid);
            return mine;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Error, "A request on route {Route} could not be prepared ({Others} more since the last line).")]
        public static partial void NotSent(ILogger logger, string route, long others, Exception? cause);

        [LoggerMessage(4001, LogLevel.Warning, "A request on route {Route} failed: {Kind}, {Cause} ({Others} more since the last line).")]
        public static partial void Failed(ILogger logger, string route, ForwarderError kind, string cause, long others);

        [LoggerMessage(4002, LogLevel.Debug, "A caller of route {Route} hung up: {Kind}.")]
        public static partial void CallerLeft(ILogger logger, string route, ForwarderError kind);
    }
}
