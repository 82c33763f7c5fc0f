using System.Diagnostics;
using System.Net;

using Gateway.Credentials;
using Gateway.Forwarding.Replay;
using Gateway.Forwarding.Routes;
using Gateway.Observability;
using Gateway.Tokens;

namespace Gateway.Forwarding;

/// <summary>
/// The last thing before the socket: puts the credential into each attempt, and when the third party answers 401, has the
/// credential renewed and sends the request once more.
/// </summary>
internal sealed class CredentialHandler(
    HttpMessageHandler inner, TokenBroker broker, FreshTokenMarks marks, ReplayMemory memory, GatewayMetrics metrics)
    : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Exchange.TryGet(request, out var exchange)
            ? SendAsync(request, exchange, cancellationToken)
            : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, Exchange exchange, CancellationToken cancellationToken)
    {
        var body = Prepare(request, exchange.Route);
        var loggable = request.RequestUri;
        try
        {
            var response = await AttemptAsync(request, exchange, cancellationToken);
            return response.StatusCode == HttpStatusCode.Unauthorized
                ? await HealAsync(request, exchange, body, response, cancellationToken)
                : response;
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

        if (request.Content.Headers.ContentLength == 0 || ReplayRule.Obstacle(route.Credential, request) is not null)
        {
            return null;
        }

        var body = new ReplayableBody(request.Content, route.Credential.ReplayBodyLimit, memory);
        request.Content = body;
        return body;
    }

    private async Task<HttpResponseMessage> HealAsync(
        HttpRequestMessage request, Exchange exchange, ReplayableBody? body, HttpResponseMessage first, CancellationToken cancellationToken)
    {
        var obstacle = ReplayRule.Obstacle(exchange.Route.Credential, request) ?? (body?.TryHold() == false ? ReplayAction.Body : null);
        var (newer, unhealed) = await ReplaceOrDisposeAsync(exchange, first, cancellationToken);
        exchange.Replay = newer is null ? unhealed : obstacle ?? ReplayAction.Replayed;
        metrics.UpstreamUnauthorized(exchange.Provider.Name, exchange.Replay.Value);
        if (exchange.Replay != ReplayAction.Replayed)
        {
            return first;
        }

        first.Dispose();
        body?.Rewind();
        exchange.Credential = newer!;
        var second = await AttemptAsync(request, exchange, cancellationToken);
        if (second.StatusCode == HttpStatusCode.Unauthorized)
        {
            marks.Mark(newer!.Connection, exchange.Route.RouteId, newer.Generation);
        }

        return second;
    }

    // A caller who hangs up meanwhile leaves an answer that nobody reads: its connection goes back to the pool.
    private async ValueTask<(Credential? Newer, ReplayAction Unhealed)> ReplaceOrDisposeAsync(
        Exchange exchange, HttpResponseMessage first, CancellationToken cancellationToken)
    {
        try
        {
            return await ReplaceAsync(exchange, cancellationToken);
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    private async ValueTask<(Credential? Newer, ReplayAction Unhealed)> ReplaceAsync(Exchange exchange, CancellationToken cancellationToken)
    {
        var refused = exchange.Credential;
        var route = exchange.Route;
        if (exchange.Source == CredentialSource.Refresh)
        {
            // This very request waited for the token: newer there is none.
            marks.Mark(refused.Connection, route.RouteId, refused.Generation);
            return (null, ReplayAction.FreshToken);
        }

        if (await marks.IsMarkedAsync(refused.Connection, route.RouteId, refused.Generation, cancellationToken))
        {
            return (null, ReplayAction.FreshToken);
        }

        var result = await broker.ReplaceAsync(exchange.Provider, refused, cancellationToken);
        return result.TryGet(out var newer, out _) && ScopeRule.IsGranted(route.Credential.Scope, newer, exchange.Provider)
            ? (newer, default)
            : (null, refused.Renewable ? ReplayAction.RefreshFailed : ReplayAction.Static);
    }

    private Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, Exchange exchange, CancellationToken cancellationToken)
    {
        if (AttemptSpan.Start(request, exchange) is { } span)
        {
            return TracedAsync(span, request, exchange, cancellationToken);
        }

        CredentialInjection.Apply(request, exchange);
        return base.SendAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> TracedAsync(
        Activity span, HttpRequestMessage request, Exchange exchange, CancellationToken cancellationToken)
    {
        using (span)
        {
            try
            {
                CredentialInjection.Apply(request, exchange);
                var response = await base.SendAsync(request, cancellationToken);
                AttemptSpan.Answered(span, response);
                return response;
            }
            catch (Exception failure)
            {
                AttemptSpan.Failed(span, failure, cancellationToken);
                throw;
            }
        }
    }
}
