using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Routes;
using Gateway.Tokens;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Refreshing;

namespace Gateway.Proxy;

/// <summary>What a 401 leads to: a newer credential, or the reason why there is none (401 rules 2, 5 and 6).</summary>
internal sealed class UnauthorizedRecovery(TokenBroker broker, DeniedPaths denied, TimeProvider clock)
{
    /// <summary>
    /// Has the refused credential replaced, and waits for it as long as the exchange's clock allows. YARP starts that clock anew only
    /// when bytes of a body move, so half of what is left of it stays for the replay; a renewal that takes longer goes on without this
    /// request, whose 401 passes through while there is time to.
    /// </summary>
    /// <param name="exchange">The exchange that met the 401.</param>
    /// <param name="since">Timestamp of the last moment that is known to have started YARP's clock anew.</param>
    /// <param name="cancellationToken">Ends this request's wait, and nothing else.</param>
    public async ValueTask<(Credential? Newer, ReplayAction Unhealed)> ReplaceAsync(
        UpstreamRequest exchange, long since, CancellationToken cancellationToken)
    {
        var refused = exchange.Credential;
        var path = KeyOf(exchange);
        if (exchange.Source == CredentialSource.Refresh)
        {
            // The token was made for this very request.
            denied.Deny(refused.Connection, path);
        }

        if (denied.IsDenied(refused.Connection, path))
        {
            return (null, ReplayAction.FreshToken);
        }

        var result = await ReplaceInTimeAsync(exchange, path, since, cancellationToken);
        return result switch
        {
            { Credential: { } newer } when exchange.Route.IsGrantedBy(newer, exchange.Provider) => (newer, default),
            { Failure: { } failure } when ReferenceEquals(failure, RefreshFailures.FreshToken) => (null, ReplayAction.FreshToken),
            _ => (null, refused.Renewable ? ReplayAction.RefreshFailed : ReplayAction.Static),
        };
    }

    /// <summary>The newer credential was refused, too: new tokens do not help this method and path.</summary>
    public void Refused(UpstreamRequest exchange)
    {
        if (exchange.Credential.Renewable)
        {
            denied.Deny(exchange.Credential.Connection, KeyOf(exchange));
        }
    }

    /// <summary>The third party took the credential, whatever else it answered.</summary>
    public void Accepted(UpstreamRequest exchange)
    {
        if (denied.KnowsOf(exchange.Credential.Connection))
        {
            denied.Allow(exchange.Credential.Connection, KeyOf(exchange));
        }
    }

    private static string KeyOf(UpstreamRequest exchange)
    {
        var target = exchange.PathAndQuery;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        return RejectionLimits.KeyOf(exchange.Caller.Request.Method, query < 0 ? target : target[..query]);
    }

    // Null when time was up.
    private async Task<CredentialResult?> ReplaceInTimeAsync(UpstreamRequest exchange, string path, long since, CancellationToken cancellationToken)
    {
        using var trace = RequestTrace.Begin(exchange.Caller);
        using var patience = new CancellationTokenSource(PatienceOf(exchange.Route, since), clock);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await broker.ReplaceAsync(exchange.Provider, exchange.Credential, path, wait.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private TimeSpan PatienceOf(CredentialRoute route, long since)
    {
        var left = route.ActivityTimeout - clock.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left / 2 : TimeSpan.Zero;
    }
}
