using Gateway.Model;
using Gateway.Proxy.RawPath;

using Microsoft.AspNetCore.Http.Features;

using Yarp.ReverseProxy.Model;

namespace Gateway.Proxy;

/// <summary>
/// Before routing on the proxy listener: refuses targets that routing would fold, and turns routing's own answers (404, 405) into problems.
/// </summary>
internal sealed class RawTargetMiddleware(RequestDelegate next, GatewayProblem problem)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (IsTunnel(context))
        {
            return problem.WriteAsync(context, new(GatewayError.MethodNotAllowed, "CONNECT tunnels are not supported."));
        }

        if (TargetGuard.Refuse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget) is { } reason)
        {
            return problem.WriteAsync(context, new(GatewayError.BadRequest, reason));
        }

        // The endpoint is chosen when this call returns, before the task completes: a proxied request needs no continuation here.
        var answer = next(context);
        return IsProxied(context) ? answer : ExplainAsync(context, answer);
    }

    // Over HTTP/2 an upgrade is a CONNECT with a path (RFC 8441), which RequestGuard decides about.
    private static bool IsTunnel(HttpContext context) => HttpMethods.IsConnect(context.Request.Method)
        && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true };

    private static bool IsProxied(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is not null;

    private async Task ExplainAsync(HttpContext context, Task answer)
    {
        await answer;
        if (context.Response.HasStarted || IsProxied(context))
        {
            return;
        }

        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                await problem.WriteAsync(context, new(GatewayError.RouteNotFound, "No route matches this path."));
                break;
            case StatusCodes.Status405MethodNotAllowed:
                await problem.WriteAsync(context, new(GatewayError.MethodNotAllowed, "The route does not take this method."));
                break;
        }
    }
}
