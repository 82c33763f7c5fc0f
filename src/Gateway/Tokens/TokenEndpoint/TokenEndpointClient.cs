using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net;
using System.Text;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// Posts to token endpoints, and reports each result to the provider's circuit. It repeats no call that may have arrived: a grant can be
/// spent once.
/// </summary>
internal sealed partial class TokenEndpointClient(
    OutboundSockets sockets, EndpointResolver resolver, ProviderCircuits circuits, TimeProvider clock, ILogger<TokenEndpointClient> logger)
    : IDisposable
{
    // Pooled connections live short: when one is reused while the server closes it, it is unknown whether the grant was spent.
    private readonly HttpMessageInvoker _http = new(CreateHandler(sockets));

    /// <summary>The client's secrets in the order in which to try them: the one that worked last, then the others as configured.</summary>
    /// <returns>Indexes.</returns>
    public static IEnumerable<int> SecretsInOrder(ProviderCircuit circuit, OAuthClient client)
    {
        var first = Math.Min(circuit.SecretInUse, client.ClientSecrets.Count - 1);
        return Enumerable.Range(0, client.ClientSecrets.Count).Where(index => index != first).Prepend(first);
    }

    /// <summary>
    /// Turns a grant into a token, within the client's one deadline. While the answer is <c>invalid_client</c>, the client's next secret is
    /// tried: a client that was not recognized has spent no grant.
    /// </summary>
    public async Task<TokenCall> CallAsync(OAuthClient client, Connection connection)
    {
        if (await resolver.TokenEndpointAsync(client, connection.Fields, CancellationToken.None) is not { } endpoint)
        {
            return client.TokenEndpoint is null ? TokenFailureTable.NoMetadata : TokenFailureTable.NoEndpoint;
        }

        var circuit = circuits.Get(connection.Id.Provider, client);
        var call = await TrySecretsAsync(circuit, client, endpoint, TokenRequest.FormOf(client, connection.Grant));
        return await ReportAsync(circuit, client, connection.Id.Name, call);
    }

    /// <summary>As <see cref="CallAsync"/>, as a step of a refresh.</summary>
    public async Task<TokenCall> CallInSpanAsync(OAuthClient client, Connection connection)
    {
        using var span = GatewayActivities.StartStep(GatewayActivities.TokenCall, ActivityKind.Client);
        var call = await CallAsync(client, connection);
        if (call.Failure is { Reason: var reason })
        {
            var status = span?.GetTagItem("http.response.status_code") as int?;
            span?.SetTag("error.type", status >= 400 ? $"{status}" : reason).SetStatus(ActivityStatusCode.Error, reason);
        }

        return call;
    }

    /// <summary>Turns an authorization code into a grant and its first token.</summary>
    /// <param name="id">The connection that the owner consented to.</param>
    /// <param name="client">The gateway at the provider.</param>
    /// <param name="endpoint">The token endpoint of the server that the owner was sent to.</param>
    /// <param name="redemption">What the callback brought.</param>
    public async Task<TokenCall> RedeemAsync(ConnectionId id, OAuthClient client, Uri endpoint, CodeRedemption redemption)
    {
        var circuit = circuits.Get(id.Provider, client);
        var call = await TrySecretsAsync(circuit, client, endpoint, TokenRequest.FormOf(redemption));

        // A browser brought the code: of all errors only invalid_client can't be caused by what a browser sends.
        if (call.Failure is { Reason: TokenFailureTable.InvalidClient } failure)
        {
            await circuits.ReportRefusalAsync(circuit, id.Name, failure.Reason, isProof: false, failure.RetryAfter);
        }
        else if (call.Failure is null)
        {
            _ = circuits.ReportSuccessAsync(circuit, id.Name);
        }

        return call;
    }

    public void Dispose() => _http.Dispose();

    // A refresh token does not wait for the cache that circuits are shared in: it can be lost until the journal has it.
    private async Task<TokenCall> ReportAsync(ProviderCircuit circuit, OAuthClient client, string connection, TokenCall call)
    {
        if (call.Failure is not { } failure)
        {
            _ = circuits.ReportSuccessAsync(circuit, connection);
            return call;
        }

        if (failure.Outcome == RefreshOutcome.Configuration)
        {
            var isProof = client.Grant == OAuthGrant.ClientCredentials;
            var isOwnTrouble = await circuits.ReportRefusalAsync(circuit, connection, failure.Reason, isProof, failure.RetryAfter);
            return isOwnTrouble ? failure with { Outcome = RefreshOutcome.Permanent } : failure;
        }

        if (failure.Outcome == RefreshOutcome.Transient)
        {
            circuits.ReportNoAnswer(circuit, connection, failure.RetryAfter);
        }

        return failure;
    }

    private async Task<TokenCall> TrySecretsAsync(
        ProviderCircuit circuit, OAuthClient client, Uri endpoint, List<KeyValuePair<string, string>> form)
    {
        using var deadline = new CancellationTokenSource(client.TokenTimeout, clock);
        TokenCall call = TokenFailureTable.Timeout;
        foreach (var index in SecretsInOrder(circuit, client))
        {
            call = await PostAsync(() => TokenRequest.Create(endpoint, client, client.ClientSecrets[index], form), deadline.Token);
            if (call.Failure?.Reason == TokenFailureTable.InvalidClient)
            {
                continue;
            }

            if (call.Answer is not null && circuit.TryUse(index))
            {
                if (index == 0)
                {
                    Log.FirstSecretInUse(logger, circuit.Provider);
                }
                else
                {
                    Log.OlderSecretInUse(logger, circuit.Provider, index);
                }
            }

            break;
        }

        return call;
    }

    private async Task<TokenCall> PostAsync(Func<HttpRequestMessage> create, CancellationToken deadline)
    {
        var call = await PostOnceAsync(create, deadline);

        // Nothing was sent, so nothing can have been spent: the one failure that may be repeated at once.
        return call.Failure == TokenFailureTable.NotConnected ? await PostOnceAsync(create, deadline) : call;
    }

    private async Task<TokenCall> PostOnceAsync(Func<HttpRequestMessage> create, CancellationToken deadline)
    {
        try
        {
            using var request = create();
            var span = Describe(request.RequestUri!);
            using var response = await _http.SendAsync(request, deadline);
            span?.SetTag("http.response.status_code", (int)response.StatusCode);
            var retryAfter = TokenFailureTable.ReadRetryAfter(response.Headers, clock.GetUtcNow());
            return Read(response, await AnswerBody.ReadAsync(response.Content, deadline), retryAfter);
        }
        catch (OperationCanceledException)
        {
            // Two timers run: the call's deadline, and the handler's own for connecting.
            return deadline.IsCancellationRequested ? TokenFailureTable.Timeout : TokenFailureTable.NotConnected;
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError => TokenFailureTable.NotConnected,
                HttpRequestError.SecureConnectionError => TokenFailureTable.Untrusted,
                _ => TokenFailureTable.Broken,
            };
        }
    }

    private static TokenCall Read(HttpResponseMessage response, AnswerBody body, TimeSpan? retryAfter)
    {
        var status = (int)response.StatusCode;
        if (status == 200 && body.Cut is null && TokenAnswerReader.ReadAnswer(body.Text) is { } answer)
        {
            return answer;
        }

        var failure = status == 200
            ? body.Cut ?? TokenFailureTable.Malformed
            : TokenFailureTable.Classify(status, body.Cut is null ? TokenAnswerReader.ReadError(body.Text) : null, retryAfter);
        return response.IsSuccessStatusCode ? failure with { RefreshToken = TokenAnswerReader.FindRefreshToken(body.Text.Span) } : failure;
    }

    private static SocketsHttpHandler CreateHandler(OutboundSockets sockets)
    {
        var handler = sockets.CreateHandler();
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2);
        handler.AutomaticDecompression = DecompressionMethods.All;
        return handler;
    }

    // By OpenTelemetry's HTTP conventions; nothing of the form or the answer. Null when the call is not traced.
    private static Activity? Describe(Uri endpoint) =>
        Activity.Current is { IsAllDataRequested: true, OperationName: GatewayActivities.TokenCall } span
            ? span.SetTag("http.request.method", "POST").SetTag("server.address", endpoint.Host).SetTag("server.port", endpoint.Port)
                .SetTag("url.full", $"{endpoint.Scheme}://{endpoint.Authority}/REDACTED")
            : null;

    private static partial class Log
    {
        [LoggerMessage(2073, LogLevel.Warning,
            "Provider {Provider} refuses the first of ClientSecrets and accepts the one at index {Index}.")]
        public static partial void OlderSecretInUse(ILogger logger, string provider, int index);

        [LoggerMessage(2074, LogLevel.Information, "Provider {Provider} accepts the first of ClientSecrets again.")]
        public static partial void FirstSecretInUse(ILogger logger, string provider);
    }
}

/// <summary>An authorization code and what must accompany it (RFC 6749 section 4.1.3).</summary>
/// <param name="Code">From the callback; works once.</param>
/// <param name="RedirectUri">Byte for byte as in the authorization request.</param>
/// <param name="Verifier">Of PKCE (RFC 7636 section 4.5); empty without PKCE.</param>
internal sealed record CodeRedemption(Secret Code, string RedirectUri, Secret Verifier);

/// <summary>The request for a token: the grant's form and one proof of the client.</summary>
internal static class TokenRequest
{
    /// <summary>The grant's own parameters: RFC 6749 section 6, or 4.4.2 for client credentials.</summary>
    public static List<KeyValuePair<string, string>> FormOf(OAuthClient client, Grant grant)
    {
        // Without a scope a refresh gets what was granted (section 6), and can't ask for more by mistake.
        if (client.Grant == OAuthGrant.AuthorizationCode)
        {
            return [new("grant_type", "refresh_token"), new("refresh_token", grant.RefreshToken.Reveal())];
        }

        List<KeyValuePair<string, string>> form = [new("grant_type", "client_credentials")];
        if (client.Scopes.Count > 0)
        {
            form.Add(new("scope", string.Join(' ', client.Scopes)));
        }

        return form;
    }

    /// <summary>RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5.</summary>
    public static List<KeyValuePair<string, string>> FormOf(CodeRedemption redemption)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("grant_type", "authorization_code"), new("code", redemption.Code.Reveal()), new("redirect_uri", redemption.RedirectUri),
        ];
        if (!redemption.Verifier.IsEmpty)
        {
            form.Add(new("code_verifier", redemption.Verifier.Reveal()));
        }

        return form;
    }

    public static HttpRequestMessage Create(
        Uri endpoint, OAuthClient client, Secret clientSecret, IEnumerable<KeyValuePair<string, string>> form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (client.ClientAuthentication == ClientAuthentication.Basic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", BasicOf(client.ClientId, clientSecret));
        }
        else
        {
            form = [.. form, new("client_id", client.ClientId), new("client_secret", clientSecret.Reveal())];
        }

        request.Content = new FormUrlEncodedContent(form);
        return request;
    }

    // RFC 6749 section 2.3.1: form-url-encoded first, so that a colon in the id is not taken for the separator.
    private static string BasicOf(string id, Secret secret) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{FormEncode(id)}:{FormEncode(secret.Reveal())}"));

    private static string FormEncode(string value) => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal);
}
