using System.Diagnostics;
using System.Globalization;

using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Observability.Tracing;

/// <summary>
/// Completes the framework's server spans by OpenTelemetry's HTTP conventions: .NET 10 describes the request, not the route and not the
/// answer. Requests that are not sampled pass as they are.
/// </summary>
internal sealed class ServerSpans : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(static (HttpContext context, RequestDelegate rest) =>
            context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span ? DescribeAsync(context, rest, span) : rest(context));
        next(app);
    };

    private static async Task DescribeAsync(HttpContext context, RequestDelegate rest, Activity span)
    {
        try
        {
            await rest(context);
        }
        catch (Exception e)
        {
            Fail(span, e.GetType().FullName ?? "exception");
            throw;
        }
        finally
        {
            var method = span.GetTagItem("http.request.method") as string ?? "_OTHER";
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
            span.DisplayName = $"{(method == "_OTHER" ? "HTTP" : method)} {route}".TrimEnd();
            span.SetTag("http.route", route);
        }

        var status = context.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            Fail(span, status.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Fail(Activity span, string type)
    {
        span.SetTag("error.type", type);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
