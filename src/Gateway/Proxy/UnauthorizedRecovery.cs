using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy.Routes;
using Gateway.Tokens;
using Gateway.Tokens.Cache;

namespace Gateway.Proxy;

/// <summary>What a 401 leads to: a newer credential, or the reason why there is none (401 rules 2, 5 and 6).</summary>
internal sealed class UnauthorizedRecovery(TokenBroker broker, FreshTokenMarks marks, TimeProvider clock)
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
        if (await IsFreshAsync(exchange, cancellationToken))
        {
            return (null, ReplayAction.FreshToken);
        }

        var refused = exchange.Credential;
        var result = await ReplaceInTimeAsync(exchange, since, cancellationToken);
        return result?.Credential is { } newer && exchange.Route.IsGrantedBy(newer, exchange.Provider)
            ? (newer, default)
            : (null, refused.Renewable ? ReplayAction.RefreshFailed : ReplayAction.Static);
    }

    /// <summary>The newer credential was refused, too: nothing but another generation helps on this route.</summary>
    public void GiveUp(UpstreamRequest exchange) =>
        marks.Mark(exchange.Credential.Connection, exchange.Route.RouteId, exchange.Credential.Generation);

    /// <summary>There is a newer credential and this request could not show whether the route takes it.</summary>
    public void Untried(UpstreamRequest exchange, Credential newer) => marks.MarkUntried(newer.Connection, exchange.Route.RouteId, newer.Generation);

    /// <summary>The route took the credential, whatever else it answered.</summary>
    public void Passed(UpstreamRequest exchange) =>
        marks.Passed(exchange.Credential.Connection, exchange.Route.RouteId, exchange.Credential.Generation);

    private ValueTask<bool> IsFreshAsync(UpstreamRequest exchange, CancellationToken cancellationToken)
    {
        var refused = exchange.Credential;
        if (exchange.Source != CredentialSource.Refresh)
        {
            return marks.IsMarkedAsync(refused.Connection, exchange.Route.RouteId, refused.Generation, cancellationToken);
        }

        // This very request waited for the token: newer there is none.
        GiveUp(exchange);
        return new(true);
    }

    // Null when time was up.
    private async Task<CredentialResult?> ReplaceInTimeAsync(UpstreamRequest exchange, long since, CancellationToken cancellationToken)
    {
        using var trace = RequestTrace.Begin(exchange.Caller);
        using var patience = new CancellationTokenSource(PatienceOf(exchange.Route, since), clock);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await broker.ReplaceAsync(exchange.Provider, exchange.Credential, wait.Token);
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
