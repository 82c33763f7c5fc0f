using System.Diagnostics;
using System.Globalization;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

using OpenTelemetry;

namespace Gateway.Observability;

/// <summary>
/// Completes the framework's server spans by OpenTelemetry's HTTP conventions: .NET 10 sets the tags of the request, but neither the route
/// nor those of the answer.
/// </summary>
/// <param name="acceptsTraceParent">Whether a request's <c>traceparent</c>, which any caller can send, decides if it is recorded.</param>
internal sealed class ServerSpans(Func<HttpContext, bool> acceptsTraceParent) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((HttpContext context, RequestDelegate rest) =>
            context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span && IsAccepted(context, span)
                ? DescribeAsync(context, rest, span)
                : rest(context));
        next(app);
    };

    private bool IsAccepted(HttpContext context, Activity span)
    {
        if (!span.HasRemoteParent || acceptsTraceParent(context))
        {
            return true;
        }

        Discard(span);
        return false;
    }

    private static void Discard(Activity span)
    {
        span.IsAllDataRequested = false;
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static async Task DescribeAsync(HttpContext context, RequestDelegate rest, Activity span)
    {
        try
        {
            await rest(context);
        }
        catch (Exception e)
        {
            SetError(span, e.GetType().FullName ?? "exception");
            throw;
        }
        finally
        {
            SetName(span, context.GetEndpoint() as RouteEndpoint);
        }

        // The server's metrics use the same status: a caller that hung up before the answer began has seen none.
        var status = context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted
            ? StatusCodes.Status499ClientClosedRequest
            : context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            SetError(span, status.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void SetName(Activity span, RouteEndpoint? endpoint)
    {
        var method = span.GetTagItem("http.request.method") as string ?? "_OTHER";
        var route = endpoint?.RoutePattern.RawText;
        span.DisplayName = $"{(method == "_OTHER" ? "HTTP" : method)} {route}".TrimEnd();
        span.SetTag("http.route", route);

        // Probes and scrapes are not measured, and not traced either.
        if (endpoint?.Metadata.GetMetadata<IDisableHttpMetricsMetadata>() is not null)
        {
            Discard(span);
        }
    }

    private static void SetError(Activity span, string type)
    {
        span.SetTag("error.type", type);
        span.SetStatus(ActivityStatusCode.Error);
    }
}

/// <summary>
/// Removes from each span what a caller or a provider may have put there: queries contain codes, states and keys, paths contain links that
/// work once. The route's pattern replaces a path; a path without a route and a method that is no standard one are removed.
/// </summary>
internal sealed class SpanScrubber : BaseProcessor<Activity>
{
    private const string Redacted = "REDACTED";

    public override void OnEnd(Activity data)
    {
        data.SetTag("url.query", null);
        data.SetTag("user_agent.original", null);
        data.SetTag("http.request.method_original", null);
        if (data.GetTagItem("url.path") is not null)
        {
            data.SetTag("url.path", data.GetTagItem("http.route") ?? Redacted);
        }

        if (data.GetTagItem("url.full") is string full && Uri.TryCreate(full, UriKind.Absolute, out var uri))
        {
            data.SetTag("url.full", $"{uri.Scheme}://{uri.Authority}/{Redacted}");
        }
    }
}
