using System.Collections.Concurrent;

using Gateway.Model;
using Gateway.Observability;

using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Proxy;

/// <summary>Turns errors of YARP's forwarder into problems, as long as the response has not started.</summary>
internal sealed class ForwarderErrorMiddleware(RequestDelegate next, GatewayProblem problem, ForwarderErrorLog log)
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
        log.Write(context.GetReverseProxyFeature().Route.Config.RouteId, error);
        if (context.Response.HasStarted || Explain(error) is not { } failure)
        {
            return;
        }

        // Headers copied from an answer that can't be used.
        context.Response.Clear();
        var upstream = context.Features.Get<UpstreamRequest>();
        if (upstream?.ReplayHeaderValue is { } replay)
        {
            context.Response.Headers[UpstreamRequest.ReplayHeader] = replay;
        }

        await problem.WriteAsync(context, failure, upstream?.Provider.Name ?? "", upstream?.Credential.Connection.Name);
    }

    // Null when the caller is gone or has got the beginning of the answer.
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
/// Logs forwarder errors, each of which YARP would log with a stack trace: the first of a kind on a route at once, those that follow as a
/// count every ten seconds. Callers who hang up are logged at Debug.
/// </summary>
internal sealed partial class ForwarderErrorLog(TimeProvider clock, ILogger<ForwarderErrorLog> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // Routes come from the configuration and kinds from an enumeration: the number of entries is bounded, none is removed.
    private readonly ConcurrentDictionary<(string Route, ForwarderError Kind), Window> _windows = new();

    public void Write(string route, IForwarderErrorFeature error)
    {
        if (IsOfCaller(error.Error))
        {
            Log.CallerLeft(logger, route, error.Error);
        }
        else if (_windows.GetOrAdd((route, error.Error), static _ => new()).TryOpen(clock.GetUtcNow().UtcTicks, out var others))
        {
            if (error.Error == ForwarderError.RequestCreation)
            {
                Log.NotSent(logger, route, others, error.Exception);
            }
            else
            {
                Log.Failed(logger, route, error.Error, error.Exception is { } cause ? AttemptTelemetry.ErrorTypeOf(cause) : "none", others);
            }
        }
    }

    private static bool IsOfCaller(ForwarderError error) => error is
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.RequestBodyClient
        or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient
        or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeRequestClient
        or ForwarderError.UpgradeResponseCanceled or ForwarderError.UpgradeResponseClient or ForwarderError.UpgradeActivityTimeout;

    private sealed class Window
    {
        // Requests race for both: one of them logs, and takes the count of those that did not.
        private long _dueTicks;
        private long _unlogged;

        public bool TryOpen(long nowTicks, out long others)
        {
            var due = Volatile.Read(ref _dueTicks);
            var isFirst = nowTicks >= due && Interlocked.CompareExchange(ref _dueTicks, nowTicks + Interval.Ticks, due) == due;
            others = isFirst ? Interlocked.Exchange(ref _unlogged, 0) : Interlocked.Increment(ref _unlogged);
            return isFirst;
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
