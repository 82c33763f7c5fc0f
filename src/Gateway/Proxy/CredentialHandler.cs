using System.Diagnostics;
using System.Net;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;

namespace Gateway.Proxy;

/// <summary>
/// Sends a request with its credential, measures and traces each attempt, and after a 401 has the credential replaced and sends the request
/// once more (design: the 401 rule).
/// </summary>
internal sealed class CredentialHandler(
    HttpMessageHandler inner, UnauthorizedRecovery recovery, ReplayMemory memory, GatewayMetrics metrics, TimeProvider clock)
    : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        UpstreamRequest.TryGet(request, out var upstream)
            ? SendAsync(request, upstream, cancellationToken)
            : SendOpenAsync(request, cancellationToken);

    // One asynchronous method for both attempts: a warm request allocates one state machine here.
    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, UpstreamRequest upstream, CancellationToken cancellationToken)
    {
        var body = PrepareBody(request, upstream.Route.Credential);

        // Without injected parameters, for whatever logs the request afterwards.
        var loggable = request.RequestUri;
        try
        {
            while (true)
            {
                var attempt = metrics.Attempts.Start(
                    request, upstream.Provider.Name, upstream.Route.RouteId, upstream.Credential.Origin, upstream.Replay is not null);
                HttpResponseMessage answer;
                try
                {
                    CredentialInjection.Apply(request, upstream);
                    answer = await base.SendAsync(request, cancellationToken);
                }
                catch (Exception failure)
                {
                    attempt.Failed(request, failure, cancellationToken);
                    throw;
                }

                attempt.Answered(request, answer);
                if (answer.StatusCode != HttpStatusCode.Unauthorized)
                {
                    recovery.Accepted(upstream);
                    return answer;
                }

                if (upstream.Replay is not null)
                {
                    recovery.Refused(upstream);
                    return answer;
                }

                if (!await RecoverAsync(request, upstream, body, answer, cancellationToken))
                {
                    return answer;
                }
            }
        }
        finally
        {
            body?.Release();
            request.RequestUri = loggable;
        }
    }

    /// <returns>True when the request is to be sent again; the answer is disposed then.</returns>
    private async ValueTask<bool> RecoverAsync(
        HttpRequestMessage request,
        UpstreamRequest upstream,
        ReplayableBody? body,
        HttpResponseMessage answer,
        CancellationToken cancellationToken)
    {
        // A body that can be sent again is held back meanwhile; any other goes on.
        var obstacle = FindObstacle(request, upstream.Route.Credential) ?? (body?.TryHold() == false ? ReplayAction.Body : null);
        Credential? newer;
        ReplayAction failure;
        try
        {
            var since = Math.Max(upstream.StartedAt, body?.LastActivity ?? 0);
            (newer, failure) = await recovery.ReplaceAsync(upstream, since, cancellationToken);
        }
        catch
        {
            answer.Dispose();
            throw;
        }

        upstream.Replay = newer is null ? failure : obstacle ?? ReplayAction.Replayed;
        metrics.UpstreamUnauthorized(upstream.Provider.Name, upstream.Replay.Value);
        if (upstream.Replay == ReplayAction.Replayed)
        {
            // A connection whose body has been sent goes back to the pool; one that still takes a body is closed.
            answer.Dispose();
            upstream.Credential = newer!;
            return true;
        }

        return false;
    }

    // A route without a credential: measured only.
    private async Task<HttpResponseMessage> SendOpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var attempt = metrics.Attempts.Start(request);
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            attempt.Answered(request, answer);
            return answer;
        }
        catch (Exception failure)
        {
            attempt.Failed(request, failure, cancellationToken);
            throw;
        }
    }

    private ReplayableBody? PrepareBody(HttpRequestMessage request, RouteCredential route)
    {
        if (request.Content is null)
        {
            // HttpClient resends a request without content when a reused connection closes, whatever the method (dotnet/runtime
            // issue 60644). With empty content it does not, so that no request is executed twice.
            request.Content = IsSafe(request.Method) || request.Method == HttpMethod.Connect ? null : new ByteArrayContent([]);
            return null;
        }

        if (request.Content.Headers.ContentLength == 0)
        {
            return null;
        }

        var limit = FindObstacle(request, route) is null ? route.ReplayBodyLimit : 0;
        var body = new ReplayableBody(request.Content, limit, memory, clock);
        request.Content = body;
        return body;
    }

    // By route, method and length of the body; null when the request may be sent a second time.
    private static ReplayAction? FindObstacle(HttpRequestMessage request, RouteCredential route) => route.Replay switch
    {
        ReplayPolicy.Never => ReplayAction.Disabled,
        ReplayPolicy.Safe when !IsSafe(request.Method) && !request.Headers.NonValidated.Contains("Idempotency-Key") => ReplayAction.Method,
        _ => request.Content?.Headers.ContentLength > route.ReplayBodyLimit ? ReplayAction.Body : null,
    };

    private static bool IsSafe(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options;
}

/// <summary>Writes the credential into a message right before it is sent; whatever has the same names is removed first.</summary>
internal static class CredentialInjection
{
    public static void Apply(HttpRequestMessage request, UpstreamRequest upstream)
    {
        var credential = upstream.Credential;
        request.Headers.Host = null;
        foreach (var (name, value) in credential.Headers)
        {
            request.Headers.Remove(name);
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                throw new HttpRequestException($"The provider's configuration injects {name}, which is no request header.");
            }
        }

        // A replay has its own address: the newer credential may belong to another host of the provider.
        if (credential.Query.Length > 0 || upstream.Replay is not null)
        {
            var pathAndQuery = credential.Query.Length == 0 ? upstream.PathAndQuery : WithQuery(upstream.PathAndQuery, credential.Query);
            request.RequestUri = OutgoingUri.TryBuild(credential.Origin, pathAndQuery, out var uri)
                ? uri
                : throw new HttpRequestException("The request can't be addressed to the provider's origin.");
        }

        if (upstream.Provider.PropagateTrace)
        {
            DistributedContextPropagator.Current.Inject(Activity.Current, request, static (carrier, name, value) =>
            {
                var headers = ((HttpRequestMessage)carrier!).Headers;
                headers.Remove(name);
                headers.TryAddWithoutValidation(name, value);
            });
        }
    }

    private static string WithQuery(string pathAndQuery, KeyValuePair<string, string>[] pairs)
    {
        var separator = pathAndQuery.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        return $"{pathAndQuery}{separator}{string.Join('&', pairs.Select(static pair => $"{pair.Key}={pair.Value}"))}";
    }
}
