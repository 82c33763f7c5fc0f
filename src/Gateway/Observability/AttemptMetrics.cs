using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;

namespace Gateway.Observability;

/// <summary>
/// <c>http.client.request.duration</c> and <c>http.client.active_requests</c> of OpenTelemetry's HTTP conventions, per provider. They stand
/// in for the framework's instruments of these names, which label by host (one for each connection where the origin has a field) and not
/// by provider, and cost more.
/// </summary>
public sealed class AttemptMetrics
{
    public const string Duration = "http.client.request.duration";
    public const string Active = "http.client.active_requests";

    // Boxed and written once: a measurement allocates nothing.
    private static readonly object[] Codes = [.. Enumerable.Range(0, 600).Select(static code => (object)code)];
    private static readonly string[] Texts = [.. Enumerable.Range(0, 600).Select(static code => code.ToString(CultureInfo.InvariantCulture))];

    // Real time, whatever clock the process goes by: sockets know no other.
    private static readonly TimeProvider Clock = TimeProvider.System;

    private readonly Histogram<double> _durations;

    // By provider; requests count up and down, scrapes read, entries are never removed (providers come from the configuration).
    private readonly ConcurrentDictionary<string, StrongBox<long>> _active = new(StringComparer.Ordinal);

    public AttemptMetrics(Meter meter)
    {
        _durations = meter.CreateHistogram<double>(
            Duration, "s", "Time from sending a request to a third party to the head of its answer, each attempt by itself.");
        meter.CreateObservableUpDownCounter(Active, Observe, "{request}", "Requests to third parties whose answer has not begun.");
    }

    /// <summary>False when nobody collects: then an attempt need not be counted and timed.</summary>
    public bool IsWanted => _durations.Enabled;

    /// <summary>Makes the provider's series appear at 0.</summary>
    public void Announce(string provider) => Of(provider);

    /// <param name="provider">As configured; empty for a route without a credential.</param>
    /// <param name="since">When it began, for <see cref="Record"/>.</param>
    /// <returns>To be given to <see cref="Leave"/> however the attempt ends.</returns>
    public StrongBox<long> Enter(string provider, out long since)
    {
        var active = Of(provider);
        Interlocked.Increment(ref active.Value);
        since = Clock.GetTimestamp();
        return active;
    }

    public static void Leave(StrongBox<long> active) => Interlocked.Decrement(ref active.Value);

    /// <param name="provider">As configured; empty for a route without a credential.</param>
    /// <param name="request">What was sent.</param>
    /// <param name="answer">What came back; null when nothing did.</param>
    /// <param name="error">Of a closed set (<c>error.type</c>); null when there was an answer.</param>
    /// <param name="since">When it began.</param>
    public void Record(string provider, HttpRequestMessage request, (HttpStatusCode Status, Version Version)? answer, string? error, long since)
    {
        var tags = new TagList
        {
            { GatewayTags.Provider, provider },
            { "http.request.method", MethodOf(request.Method) },
            { "url.scheme", request.RequestUri?.Scheme },
        };
        if (answer is { } answered)
        {
            var code = Math.Clamp((int)answered.Status, 0, Codes.Length - 1);
            tags.Add("http.response.status_code", Codes[code]);
            tags.Add("network.protocol.version", VersionOf(answered.Version));
            error = code >= 400 ? Texts[code] : null;
        }

        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        _durations.Record(Clock.GetElapsedTime(since).TotalSeconds, tags);
    }

    /// <summary>The name, if the conventions know it; a provider may be configured to take others.</summary>
    public static string MethodOf(HttpMethod method) => method.Method switch
    {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "CONNECT" => "CONNECT",
        "TRACE" => "TRACE",
        "QUERY" => "QUERY",
        _ => "_OTHER",
    };

    public static string VersionOf(Version version) => version switch
    {
        { Major: 1, Minor: 0 } => "1.0",
        { Major: 1 } => "1.1",
        { Major: 2 } => "2",
        _ => "3",
    };

    private StrongBox<long> Of(string provider) => _active.TryGetValue(provider, out var active)
        ? active
        : _active.GetOrAdd(provider, static _ => new());

    private IEnumerable<Measurement<long>> Observe()
    {
        foreach (var (provider, active) in _active)
        {
            yield return new(Volatile.Read(ref active.Value), new KeyValuePair<string, object?>(GatewayTags.Provider, provider));
        }
    }
}
