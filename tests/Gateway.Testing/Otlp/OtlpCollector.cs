using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gateway.Testing.Otlp;

/// <summary>
/// A collector that decodes what it receives: OTLP over HTTP (protobuf) on one port and over gRPC on another. A gRPC call is a POST over
/// HTTP/2 whose body is a frame of five bytes and the same message.
/// </summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Signal, WireMessage Message, string Raw)> _requests = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stalled;

    private OtlpCollector(WebApplication app) => _app = app;

    public string HttpUrl => _app.Urls.First();

    public string GrpcUrl => _app.Urls.Last();

    /// <summary>While true, requests are accepted and never answered.</summary>
    public bool Stalls { get; set; }

    /// <summary>While true, requests are answered with an error.</summary>
    public bool Refuses { get; set; }

    /// <summary>Number of requests that are held without an answer.</summary>
    public int Stalled => Volatile.Read(ref _stalled);

    public IReadOnlyList<OtlpSpan> Spans => [.. Of("trace").SelectMany(OtlpSpan.All)];

    public IReadOnlyList<OtlpLog> Logs => [.. Of("logs").SelectMany(OtlpLog.All)];

    public IReadOnlyList<OtlpPoint> Points => [.. Of("metrics").SelectMany(OtlpPoint.All)];

    /// <summary>Every byte received, uncompressed; protobuf stores strings unchanged.</summary>
    public string Raw => string.Concat(_requests.Select(static request => request.Raw));

    /// <summary>The request headers received: <c>signal name=value</c>.</summary>
    public ConcurrentQueue<string> Headers { get; } = new();

    public static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, static grpc => grpc.Protocols = HttpProtocols.Http2);
        });
        var collector = new OtlpCollector(builder.Build());
        collector._app.Run(collector.ReceiveAsync);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Command-line settings with which a gateway exports all signals here, at short intervals.</summary>
    public string[] Settings(bool grpc = false) =>
    [
        $"OTEL_EXPORTER_OTLP_ENDPOINT={(grpc ? GrpcUrl : HttpUrl)}", $"OTEL_EXPORTER_OTLP_PROTOCOL={(grpc ? "grpc" : "http/protobuf")}",
        "OTEL_TRACES_SAMPLER=parentbased_always_on", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BLRP_SCHEDULE_DELAY=50",
        "OTEL_METRIC_EXPORT_INTERVAL=200",
    ];

    /// <summary>Waits for a span and returns the spans of its trace that have arrived.</summary>
    public async Task<OtlpSpan> SpanAsync(Func<OtlpSpan, bool> wanted)
    {
        await Eventually.TrueAsync(() => Spans.Any(wanted), "The span did not arrive.");
        return Spans.First(wanted);
    }

    public IReadOnlyList<OtlpSpan> Children(OtlpSpan parent) =>
        [.. Spans.Where(span => span.TraceId == parent.TraceId && span.ParentId == parent.SpanId)];

    public async ValueTask DisposeAsync()
    {
        _released.TrySetResult();
        await _app.DisposeAsync();
    }

    private IEnumerable<WireMessage> Of(string signal) =>
        _requests.Where(request => request.Signal.Contains(signal, StringComparison.OrdinalIgnoreCase))
            .Select(static request => request.Message);

    // The path is /v1/traces, or /opentelemetry.proto.collector.trace.v1.TraceService/Export: both name the signal.
    private async Task ReceiveAsync(HttpContext context)
    {
        var isGrpc = context.Request.ContentType == "application/grpc";
        var body = await ReadAsync(context.Request);
        var path = context.Request.Path.Value!;
        if (Stalls)
        {
            Interlocked.Increment(ref _stalled);
            await _released.Task;
        }

        if (Refuses)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        foreach (var (name, value) in context.Request.Headers)
        {
            Headers.Enqueue($"{path} {name}={value}");
        }

        _requests.Enqueue((path, WireMessage.Parse(isGrpc ? Unframe(body) : body), Encoding.Latin1.GetString(body)));
        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        if (isGrpc)
        {
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers["grpc-status"] = "0";
        }
    }

    private static ReadOnlyMemory<byte> Unframe(byte[] body)
    {
        Assert.Equal(0, body[0]);
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
        return body.AsMemory(5);
    }

    private static async Task<byte[]> ReadAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await using var source = request.Headers.ContentEncoding == "gzip"
            ? new GZipStream(request.Body, CompressionMode.Decompress)
            : request.Body;
        await source.CopyToAsync(body);
        return body.ToArray();
    }
}
