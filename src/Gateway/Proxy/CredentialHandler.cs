using System.Diagnostics;
using System.Net;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Replay;
using Gateway.Proxy.Routes;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens;

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

/// <summary>
/// Decides what a 401 leads to: a newer credential, or the reason why there is none (rules 2, 5 and 6 of the 401 rule). Safe for concurrent
/// requests: all state is in <see cref="DeniedPaths"/> and behind the broker.
/// </summary>
internal sealed class UnauthorizedRecovery(TokenBroker broker, DeniedPaths denied, TimeProvider clock)
{
    /// <summary>
    /// Has the refused credential replaced, and waits for it within the request's activity timeout. YARP restarts that timeout only when bytes of a
    /// body move, so half of what is left is reserved for the replay. A refresh that takes longer continues without this request, and the 401
    /// passes through.
    /// </summary>
    /// <param name="upstream">The request that met the 401.</param>
    /// <param name="since">Timestamp of the last event that is known to have restarted the activity timeout.</param>
    /// <param name="cancellationToken">Ends this request's wait, not the refresh.</param>
    /// <returns>The newer credential, or null and the reason.</returns>
    public async ValueTask<(Credential? Newer, ReplayAction Reason)> ReplaceAsync(
        UpstreamRequest upstream, long since, CancellationToken cancellationToken)
    {
        var refused = upstream.Credential;
        var path = KeyOf(upstream);
        if (upstream.Source == CredentialSource.Refresh)
        {
            // The token was made for this request: a newer one does not exist.
            denied.Deny(refused.Connection, path);
        }

        if (denied.IsDenied(refused.Connection, path))
        {
            return (null, ReplayAction.FreshToken);
        }

        var result = await ReplaceInTimeAsync(upstream, path, since, cancellationToken);
        return result switch
        {
            { Credential: { } newer } when upstream.Route.IsGrantedBy(newer, upstream.Provider) => (newer, default),
            { Failure: { } failure } when ReferenceEquals(failure, RefreshFailures.FreshToken) => (null, ReplayAction.FreshToken),
            _ => (null, refused.Renewable ? ReplayAction.RefreshFailed : ReplayAction.Static),
        };
    }

    /// <summary>The replay was refused, too: new tokens do not help this method and path.</summary>
    public void Refused(UpstreamRequest upstream)
    {
        if (upstream.Credential.Renewable)
        {
            denied.Deny(upstream.Credential.Connection, KeyOf(upstream));
        }
    }

    /// <summary>The third party accepted the credential, whatever status it answered.</summary>
    public void Accepted(UpstreamRequest upstream)
    {
        if (denied.KnowsOf(upstream.Credential.Connection))
        {
            denied.Allow(upstream.Credential.Connection, KeyOf(upstream));
        }
    }

    private static string KeyOf(UpstreamRequest upstream)
    {
        var target = upstream.PathAndQuery;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return RejectionLimits.KeyOf(upstream.Caller.Request.Method, query < 0 ? target : target[..query]);
    }

    // Null when the time is up.
    private async Task<CredentialResult?> ReplaceInTimeAsync(
        UpstreamRequest upstream, string path, long since, CancellationToken cancellationToken)
    {
        using var trace = RequestTrace.Begin(upstream.Caller);
        using var timeout = new CancellationTokenSource(TimeLeft(upstream.Route, since), clock);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await broker.ReplaceAsync(upstream.Provider, upstream.Credential, path, wait.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private TimeSpan TimeLeft(CredentialRoute route, long since)
    {
        var left = route.ActivityTimeout - clock.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left / 2 : TimeSpan.Zero;
    }
}
