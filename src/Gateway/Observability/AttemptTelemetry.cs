using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;

using Gateway.Model;

namespace Gateway.Observability;

/// <summary>
/// Measures and traces attempts: <c>http.client.request.duration</c>, <c>http.client.active_requests</c> and a client span, by
/// OpenTelemetry's HTTP conventions. They replace HttpClient's own, which are labelled by host and not by provider (docs/decisions/0041).
/// </summary>
public sealed class AttemptTelemetry
{
    public const string Duration = "http.client.request.duration";
    public const string Active = "http.client.active_requests";

    // Boxed and formatted once: a measurement allocates nothing.
    private static readonly object[] Codes = [.. Enumerable.Range(0, 600).Select(static code => (object)code)];
    private static readonly string[] Texts = [.. Codes.Select(static code => Convert.ToString(code, CultureInfo.InvariantCulture)!)];

    private static readonly FrozenSet<string> Methods = FrozenSet.Create(
        StringComparer.Ordinal, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY");

    // Real time even when tests replace the clock: sockets use real time.
    private static readonly TimeProvider Clock = TimeProvider.System;

    private readonly Histogram<double> _durations;

    // By provider. Requests increment and decrement, scrapes read; entries are not removed, because providers come from the configuration.
    private readonly ConcurrentDictionary<string, StrongBox<long>> _active = new(StringComparer.Ordinal);

    public AttemptTelemetry(Meter meter)
    {
        _durations = meter.CreateHistogram<double>(
            Duration, "s", "Time from sending a request to a third party to the head of its answer, each attempt by itself.");
        meter.CreateObservableUpDownCounter(Active, Observe, "{request}", "Requests to third parties whose answer has not begun.");
    }

    /// <summary>Makes the provider's series appear at 0.</summary>
    public void Announce(string provider) => ActiveOf(provider);

    /// <summary>Begins an attempt; <see cref="Attempt.Answered"/> or <see cref="Attempt.Failed"/> ends it, in the same method.</summary>
    /// <remarks>A route without a credential has no provider and no span.</remarks>
    public Attempt Start(HttpRequestMessage request, string provider = "", string? route = null, Uri? origin = null, bool isReplay = false)
    {
        var span = origin is null ? null : GatewayActivities.StartStep(GatewayActivities.Attempt, ActivityKind.Client);
        if (span is not null)
        {
            // Without path and query, which may hold the caller's data or an injected parameter.
            span.SetTag("http.request.method", MethodOf(request.Method));
            span.SetTag("server.address", origin!.Host);
            span.SetTag("server.port", origin.Port);
            span.SetTag("url.full", $"{origin.Scheme}://{origin.Authority}/REDACTED");
            span.SetTag(GatewayTags.Provider, provider);
            span.SetTag(GatewayTags.Route, route);
            if (isReplay)
            {
                span.SetTag("http.request.resend_count", 1);
            }
        }

        if (!_durations.Enabled)
        {
            return new Attempt(this, provider, null, span, 0);
        }

        var active = ActiveOf(provider);
        Interlocked.Increment(ref active.Value);
        return new Attempt(this, provider, active, span, Clock.GetTimestamp());
    }

    /// <summary>The failure as <c>error.type</c>: a closed set, without any text of the exception.</summary>
    public static string ErrorTypeOf(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown and var error } => error.ToTagValue(),
        OperationCanceledException { InnerException: TimeoutException } => "timeout",
        OperationCanceledException => "canceled",
        _ => failure.GetType().FullName ?? "exception",
    };

    private void Record(Attempt attempt, HttpRequestMessage request, HttpResponseMessage? answer, string? error)
    {
        var tags = new TagList
        {
            { GatewayTags.Provider, attempt.Provider },
            { "http.request.method", MethodOf(request.Method) },
            { "url.scheme", request.RequestUri?.Scheme },
        };
        if (answer is not null)
        {
            tags.Add("http.response.status_code", Codes[IndexOf(answer.StatusCode)]);
            tags.Add("network.protocol.version", VersionOf(answer.Version));
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        _durations.Record(Clock.GetElapsedTime(attempt.Since).TotalSeconds, tags);
    }

    // Providers may be configured to accept other methods; their names are not labels.
    private static string MethodOf(HttpMethod method) => Methods.TryGetValue(method.Method, out var known) ? known : "_OTHER";

    private static string VersionOf(Version version) => version switch
    {
        { Major: 1, Minor: 0 } => "1.0",
        { Major: 1 } => "1.1",
        { Major: 2 } => "2",
        _ => "3",
    };

    private static int IndexOf(HttpStatusCode status) => Math.Clamp((int)status, 0, Codes.Length - 1);

    private StrongBox<long> ActiveOf(string provider) => _active.TryGetValue(provider, out var active)
        ? active
        : _active.GetOrAdd(provider, static _ => new());

    private IEnumerable<Measurement<long>> Observe() => _active.Select(static one =>
        new Measurement<long>(Volatile.Read(ref one.Value.Value), new KeyValuePair<string, object?>(GatewayTags.Provider, one.Key)));

    /// <summary>One sending of a request. Without a meter it has no count of active requests, without a sampled trace no span.</summary>
    public readonly record struct Attempt(
        AttemptTelemetry Telemetry, string Provider, StrongBox<long>? Active, Activity? Span, long Since)
    {
        public void Answered(HttpRequestMessage request, HttpResponseMessage answer)
        {
            var code = IndexOf(answer.StatusCode);
            var error = code >= 400 ? Texts[code] : null;
            if (Span is not null)
            {
                Span.SetTag("network.protocol.version", VersionOf(answer.Version));
                Span.SetTag("http.response.status_code", Codes[code]);
            }

            End(request, answer, error, isError: error is not null);
        }

        /// <summary>There is no answer. A request that its caller cancelled is not an error of its span.</summary>
        public void Failed(HttpRequestMessage request, Exception failure, CancellationToken cancellationToken) =>
            End(request, null, ErrorTypeOf(failure), isError: !cancellationToken.IsCancellationRequested);

        private void End(HttpRequestMessage request, HttpResponseMessage? answer, string? error, bool isError)
        {
            if (Active is not null)
            {
                Telemetry.Record(this, request, answer, error);
                Interlocked.Decrement(ref Active.Value);
            }

            if (Span is not null)
            {
                if (isError)
                {
                    Span.SetTag("error.type", error);
                    Span.SetStatus(ActivityStatusCode.Error);
                }

                Span.Dispose();
            }
        }
    }
}
