using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Tokens.Refreshing;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>Turns what went wrong in YARP's forwarding into a problem, while the caller can still be told. Stands before YARP's end.</summary>
internal sealed class ForwarderErrorMiddleware(RequestDelegate next, GatewayProblem problem, FailureLog failures)
{
    public Task InvokeAsync(HttpContext context)
    {
        var forwarded = next(context);
        return forwarded.IsCompletedSuccessfully && context.Features.Get<IForwarderErrorFeature>() is null
            ? forwarded
            : ExplainAsync(context, forwarded);
    }

    private async Task ExplainAsync(HttpContext context, Task forwarded)
    {
        await forwarded;
        if (context.Features.Get<IForwarderErrorFeature>() is not { } error)
        {
            return;
        }

        using var trace = RequestTrace.Begin(context);
        failures.Note(context.GetReverseProxyFeature().Route.Config.RouteId, error);
        if (context.Response.HasStarted || Explain(error) is not { } failure)
        {
            return;
        }

        // What was copied of an answer that made no sense, an upgrade that nobody asked for above all.
        context.Response.Clear();
        var exchange = context.Features.Get<UpstreamRequest>();
        if (exchange?.Replay is { } action)
        {
            context.Response.Headers[ReplayHeader.Name] = ReplayHeader.Value(action);
        }

        await problem.WriteAsync(context, failure, exchange?.Provider.Name ?? "", exchange?.Credential.Connection.Name);
    }

    // Null where nobody is left to be told: the caller hung up, or the answer is on its way already.
    private static CredentialFailure? Explain(IForwarderErrorFeature error) => error.Error switch
    {
        ForwarderError.RequestCreation when error.Exception is StoreUnavailableException =>
            new(GatewayError.CredentialUnavailable, "The store is out of reach."),
        ForwarderError.RequestCreation => new(GatewayError.UpstreamUnreachable, "The request could not be prepared."),
        ForwarderError.RequestTimedOut => new(GatewayError.UpstreamTimeout, "The third party did not answer in time."),
        ForwarderError.Request or ForwarderError.RequestBodyDestination or ForwarderError.NoAvailableDestinations =>
            new(GatewayError.UpstreamUnreachable, "The third party could not be reached, or broke the connection."),
        ForwarderError.RequestBodyClient => new(GatewayError.BadRequest, "The request body could not be read."),
        ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination or ForwarderError.UpgradeResponseClient =>
            new(GatewayError.UpstreamUnreachable, "The third party's answer made no sense."),
        _ => null,
    };
}

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
