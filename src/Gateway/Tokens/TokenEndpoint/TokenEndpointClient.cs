using System.Diagnostics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.Renewal;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// The one class that posts to a token endpoint. It retries nothing that may have been received: a grant can be spent once.
/// </summary>
internal sealed class TokenEndpointClient(
    OutboundSockets sockets, EndpointResolver resolver, LearnedLifetimes lifetimes, ProviderAlarms alarms, TimeProvider clock) : IDisposable
{
    // Pooled connections die young: if one is reused while the server closes it, nobody knows whether the grant was spent.
    private readonly HttpMessageInvoker _http = new(CreateHandler(sockets));

    /// <summary>
    /// Turns a grant into a token, within the client's one deadline. While the answer is <c>invalid_client</c>, the client's next secret is
    /// tried: a client that was not recognized has spent no grant. The secret that worked last goes first.
    /// </summary>
    public async Task<TokenCall> CallAsync(OAuthClient client, Connection connection)
    {
        if (await resolver.TokenEndpointAsync(client, connection.Fields, CancellationToken.None) is not { } endpoint)
        {
            return client.TokenEndpoint is null ? TokenFailureTable.NoMetadata : TokenFailureTable.NoEndpoint;
        }

        var standing = alarms.StandingOf(connection.Id.Provider, client);
        var call = await AskAsync(standing, client, endpoint, TokenRequest.FormOf(client, connection.Grant));
        var report = alarms.ReportAsync(standing, call.Failure);
        if (call.Failure is { RefreshToken.IsEmpty: true })
        {
            await report;
        }

        // A new grant does not wait for the cache that alarms are shared in: until it is in the journal it can be lost.
        return call;
    }

    /// <summary>As <see cref="CallAsync"/>, as a step of a refresh.</summary>
    public async Task<TokenCall> CallInSpanAsync(OAuthClient client, Connection connection)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.TokenCall, ActivityKind.Client);
        var call = await CallAsync(client, connection);
        if (call.Failure is { } failure)
        {
            TokenCallSpan.Failed(span, failure.Reason);
        }

        return call;
    }

    /// <summary>Turns an authorization code into a grant and its first token.</summary>
    /// <param name="provider">Whose code it is.</param>
    /// <param name="client">The gateway at the provider.</param>
    /// <param name="endpoint">The token endpoint of the server that the owner was sent to.</param>
    /// <param name="redemption">What the callback brought.</param>
    public async Task<TokenCall> RedeemAsync(string provider, OAuthClient client, Uri endpoint, CodeRedemption redemption)
    {
        var standing = alarms.StandingOf(provider, client);
        var call = await AskAsync(standing, client, endpoint, TokenRequest.FormOf(redemption));

        // A browser brought the code: of all that the answer may blame, only the client's own identity can't be the browser's doing.
        if (call.Failure is null or { Reason: TokenFailureTable.InvalidClient })
        {
            await alarms.ReportAsync(standing, call.Failure);
        }

        return call;
    }

    public void Dispose() => _http.Dispose();

    private async Task<TokenCall> AskAsync(ClientStanding standing, OAuthClient client, Uri endpoint, List<KeyValuePair<string, string>> form)
    {
        TokenCallSpan.Asked(endpoint);
        var call = await TryAsync(standing, client, secret => TokenRequest.Create(endpoint, client, secret, form));
        return call.Answer is { Lifetime: null } answer ? answer with { Lifetime = lifetimes.Assume(client) } : call;
    }

    private async Task<TokenCall> TryAsync(ClientStanding standing, OAuthClient client, Func<Secret, HttpRequestMessage> create)
    {
        using var deadline = new CancellationTokenSource(client.TokenTimeout, clock);
        TokenCall call = TokenFailureTable.Timeout;
        foreach (var index in standing.SecretsOf(client))
        {
            call = await PostAsync(() => create(client.ClientSecrets[index]), deadline.Token);
            if (call.Failure?.Reason == TokenFailureTable.InvalidClient)
            {
                continue;
            }

            if (call.Answer is not null)
            {
                alarms.Accepted(standing, index);
            }

            break;
        }

        return call;
    }

    private async Task<TokenCall> PostAsync(Func<HttpRequestMessage> create, CancellationToken deadline)
    {
        var call = await PostOnceAsync(create, deadline);

        // Nothing was sent, so nothing can have been spent: the one failure that may repeat at once.
        return call.Failure == TokenFailureTable.NotConnected ? await PostOnceAsync(create, deadline) : call;
    }

    private async Task<TokenCall> PostOnceAsync(Func<HttpRequestMessage> create, CancellationToken deadline)
    {
        try
        {
            using var request = create();
            var since = clock.GetTimestamp();
            using var response = await _http.SendAsync(request, deadline);
            TokenCallSpan.Answered((int)response.StatusCode);
            var now = ProviderTime.Of(response.Headers, clock.GetUtcNow(), clock.GetElapsedTime(since));
            return Read(response, await AnswerBody.ReadAsync(response.Content, deadline), now);
        }
        catch (OperationCanceledException)
        {
            // Two clocks run: the call's deadline, and the handler's own for connecting.
            return deadline.IsCancellationRequested ? TokenFailureTable.Timeout : TokenFailureTable.NotConnected;
        }
        catch (HttpRequestException e)
        {
            return Classify(e.HttpRequestError);
        }
    }

    private static TokenCall Read(HttpResponseMessage response, AnswerBody body, DateTimeOffset now)
    {
        var status = (int)response.StatusCode;
        if (status == 200 && body.Cut is null && TokenAnswerReader.ReadAnswer(body.Text) is { } answer)
        {
            return answer;
        }

        var failure = status == 200
            ? body.Cut ?? TokenFailureTable.Malformed
            : TokenFailureTable.Classify(
                status, body.Cut is null ? TokenAnswerReader.ReadError(body.Text) : null, RetryAfterHeader.Read(response.Headers, now));
        return response.IsSuccessStatusCode ? failure with { RefreshToken = GrantInAnswer.Find(body.Text.Span) } : failure;
    }

    private static TokenFailure Classify(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError => TokenFailureTable.NotConnected,
        HttpRequestError.SecureConnectionError => TokenFailureTable.Untrusted,
        _ => TokenFailureTable.Broken,
    };

    private static SocketsHttpHandler CreateHandler(OutboundSockets sockets)
    {
        var handler = sockets.CreateHandler();
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2);
        return handler;
    }
}
