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
