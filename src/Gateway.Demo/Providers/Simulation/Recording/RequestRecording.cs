using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Demo.Providers;

/// <summary>The first middleware of a host: adds each request to the log before any other component can refuse it.</summary>
internal sealed class RequestRecording(RequestLog log, TimeProvider time)
{
    /// <summary>Maximum number of body bytes that are kept; the length is counted beyond it.</summary>
    public const int BodyCapture = 8 * 1024 * 1024;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var record = Record(context);
        var body = new RecordingBody(context.Request.Body, record);
        context.Features.Set(record);
        context.Request.Body = body;
        context.Response.OnStarting(() =>
        {
            record.Status = context.Response.StatusCode; // set before the client can see the status
            return Task.CompletedTask;
        });
        log.Add(record);
        try
        {
            await next(context);
        }
        finally
        {
            body.Keep();
            record.Complete();
        }
    }

    private RecordedRequest Record(HttpContext context)
    {
        var head = context.Features.Get<RequestHeadScanner>()?.Take();
        var (method, target, protocol) = head is null ? FromContext(context) : RequestHead.RequestLine(head);
        return new RecordedRequest
        {
            Method = method,
            Target = target,
            Protocol = protocol,
            Headers = head is null ? HeadersOf(context.Request) : [.. RequestHead.Headers(head)],
            ConnectionId = context.Connection.Id,
            ReceivedAt = time.GetUtcNow(),
        };
    }

    private static (string Method, string Target, string Protocol) FromContext(HttpContext context) =>
        (context.Request.Method, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.Protocol);

    private static List<KeyValuePair<string, string>> HeadersOf(HttpRequest request) =>
        [.. request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? "")))];
}

/// <summary>A request body stream that records the first bytes that are read from it.</summary>
internal sealed class RecordingBody(Stream inner, RecordedRequest record) : Stream
{
    private readonly MemoryStream _kept = new();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Stores the recorded bytes in the record.</summary>
    public void Keep() => record.Body = _kept.ToArray();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        var room = RequestRecording.BodyCapture - (int)_kept.Length;
        _kept.Write(buffer.Span[..Math.Min(read, room)]);
        record.BodyLength += read;
        if (read == 0)
        {
            Keep();
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Kestrel reads asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
