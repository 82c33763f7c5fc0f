using System.Text.Json.Nodes;

using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Demo.Providers;

/// <summary>Endpoints that return what they received. They are mapped below the provider's paths, behind its credential check.</summary>
internal static class EchoEndpoints
{
    private const int BufferSize = 64 * 1024;

    /// <summary>
    /// <c>{prefix}/echo/…</c> describes the request in JSON. <c>{prefix}/echo-body/…</c> streams the body back while it arrives and, over
    /// HTTP/2, ends with the trailer <c>Echo-Length</c> (Kestrel sends no trailers over HTTP/1.1). Both accept any method.
    /// </summary>
    /// <param name="app">The endpoints of the host.</param>
    /// <param name="prefix">Route pattern before <c>/echo</c>.</param>
    /// <param name="guard">Wraps a handler in the provider's credential check.</param>
    public static void MapEcho(this IEndpointRouteBuilder app, string prefix, Func<RequestDelegate, RequestDelegate> guard)
    {
        app.Map($"{prefix}/echo/{{**rest}}", guard(DescribeAsync));
        app.Map($"{prefix}/echo-body/{{**rest}}", guard(StreamAsync)).WithMetadata(new StreamedBody());
    }

    private static Task DescribeAsync(HttpContext context)
    {
        var request = context.Features.GetRequiredFeature<RecordedRequest>();
        return context.Response.JsonAsync(200, new JsonObject
        {
            ["method"] = request.Method,
            ["target"] = request.Target,
            ["protocol"] = request.Protocol,
            ["headers"] = HeadersOf(request),
            ["body"] = BodyOf(context),
        });
    }

    private static JsonArray HeadersOf(RecordedRequest request) =>
        new([.. request.Headers.Select(header => new JsonArray(header.Key, header.Value))]);

    private static string BodyOf(HttpContext context) =>
        context.Request.Body is MemoryStream whole ? Convert.ToBase64String(whole.ToArray()) : "";

    private static async Task StreamAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.ContentType = request.ContentType ?? "application/octet-stream";
        if (response.SupportsTrailers())
        {
            response.DeclareTrailer("Echo-Length");
        }

        await response.StartAsync();
        var length = await PumpAsync(request.Body, response.Body);
        if (response.SupportsTrailers())
        {
            response.AppendTrailer("Echo-Length", length.ToString());
        }
    }

    private static async Task<long> PumpAsync(Stream from, Stream to)
    {
        var (buffer, length) = (new byte[BufferSize], 0L);
        for (int read; (read = await from.ReadAsync(buffer)) > 0; length += read)
        {
            await to.WriteAsync(buffer.AsMemory(0, read));
            await to.FlushAsync();
        }

        return length;
    }
}
