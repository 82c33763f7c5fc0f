using System.Net;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;

namespace Gateway.Proxy;

/// <summary>
/// When the third party answers 401, has the credential renewed and sends the request once more. What is sent is the business of
/// <see cref="AttemptHandler"/>, below.
/// </summary>
internal sealed class CredentialHandler(
    HttpMessageHandler inner, UnauthorizedRecovery healing, ReplayMemory memory, GatewayMetrics metrics, TimeProvider clock)
    : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        UpstreamRequest.TryGet(request, out var exchange)
            ? SendAsync(request, exchange, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, UpstreamRequest exchange, CancellationToken cancellationToken)
    {
        var body = Prepare(request, exchange.Route);
        var loggable = request.RequestUri;
        try
        {
            var first = base.SendAsync(request, cancellationToken);
            if (body is not null && await body.IsRefusedBeforeAsync(first) || (await first).StatusCode == HttpStatusCode.Unauthorized)
            {
                return await HealAsync(request, exchange, body, first, cancellationToken);
            }

            healing.Accepted(exchange);
            return await first;
        }
        finally
        {
            body?.Release();
            request.RequestUri = loggable;
        }
    }

    // The stack sends a request without content again when a reused connection closes, whatever the method (dotnet/runtime 60644);
    // with content, even an empty one, it does so for none.
    private ReplayableBody? Prepare(HttpRequestMessage request, ForwardingRoute route)
    {
        if (request.Content is null)
        {
            request.Content = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
                || request.Method == HttpMethod.Connect ? null : new ByteArrayContent([]);
            return null;
        }

        if (request.Content.Headers.ContentLength == 0)
        {
            return null;
        }

        var limit = ReplayRule.Obstacle(route.Credential, request) is null ? route.Credential.ReplayBodyLimit : 0;
        var body = new ReplayableBody(request.Content, limit, memory, clock);
        request.Content = body;
        return body;
    }

    // The first attempt has been answered with 401, or will be when its body ends. A body that can be sent again is held back meanwhile; any
    // other goes on.
    private async Task<HttpResponseMessage> HealAsync(
        HttpRequestMessage request, UpstreamRequest exchange, ReplayableBody? body, Task<HttpResponseMessage> first, CancellationToken cancellationToken)
    {
        var obstacle = ReplayRule.Obstacle(exchange.Route.Credential, request) ?? (body?.TryHold() == false ? ReplayAction.Body : null);
        var (newer, unhealed) = await ReplaceOrAbandonAsync(exchange, body, first, cancellationToken);
        exchange.Replay = newer is null ? unhealed : obstacle ?? ReplayAction.Replayed;
        metrics.UpstreamUnauthorized(exchange.Provider.Name, exchange.Replay.Value);
        if (exchange.Replay != ReplayAction.Replayed)
        {
            body?.Release();
            return await first;
        }

        await AbandonAsync(body, first);
        exchange.Credential = newer!;
        var second = await base.SendAsync(request, cancellationToken);
        if (second.StatusCode == HttpStatusCode.Unauthorized)
        {
            healing.Refused(exchange);
        }
        else
        {
            healing.Accepted(exchange);
        }

        return second;
    }

    // A caller who hangs up meanwhile leaves an answer that nobody reads.
    private async ValueTask<(Credential? Newer, ReplayAction Unhealed)> ReplaceOrAbandonAsync(
        UpstreamRequest exchange, ReplayableBody? body, Task<HttpResponseMessage> first, CancellationToken cancellationToken)
    {
        try
        {
            return await healing.ReplaceAsync(exchange, Math.Max(exchange.StartedAt, body?.LastActivity ?? 0), cancellationToken);
        }
        catch
        {
            await AbandonAsync(body, first);
            throw;
        }
    }

    // The connection of an answer that has come goes back to the pool; one that still takes a body dies with it. Either way the stack
    // is done with the request when this returns, so that it can be sent again.
    private static async ValueTask AbandonAsync(ReplayableBody? body, Task<HttpResponseMessage> first)
    {
        if (first.IsCompletedSuccessfully)
        {
            (await first).Dispose();
        }

        body?.Rewind();
        try
        {
            (await first).Dispose();
        }
        catch (Exception)
        {
            // That it was refused is known already.
        }
    }
}
