using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

using Microsoft.Extensions.Primitives;

namespace Gateway.Tests.Tokens.TokenEndpoint;

/// <summary>The token client on real sockets.</summary>
public sealed class TokenEndpointTests : IAsyncLifetime
{
    // A real deadline, long enough for a call to be answered.
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(2);

    private readonly GatewayInstance _instance = new(new InMemoryConnectionStore(TimeProvider.System), TimeProvider.System);
    private readonly Connection _connection = Some.Connection(DateTimeOffset.MaxValue);
    private TokenServer _server = null!;

    private TokenEndpointClient Endpoint => _instance.Endpoint;

    public async ValueTask InitializeAsync() => _server = await TokenServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _instance.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("id", "secret", "id:secret")]
    [InlineData("a:b", "p%q", "a%3Ab:p%25q")]
    [InlineData("a+b", "two words", "a%2Bb:two+words")]
    [InlineData("caf\u00e9", "\u043f\u0430\u0440", "caf%C3%A9:%D0%BF%D0%B0%D1%80")]
    public async Task Basic_IdAndSecret_AreFormEncodedBeforeBase64(string id, string secret, string expected)
    {
        await Endpoint.CallAsync(Client(id: id, secrets: [secret]), _connection);

        var (authorization, form) = Assert.Single(_server.Requests);
        Assert.Equal(expected, Encoding.UTF8.GetString(Convert.FromBase64String(authorization!["Basic ".Length..])));
        Assert.Equal(["grant_type", "refresh_token"], form.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Body_IdAndSecret_AreInTheFormAndNowhereElse()
    {
        await Endpoint.CallAsync(Client(ClientAuthentication.Body, secrets: ["p%q &="]), _connection);

        var (authorization, form) = Assert.Single(_server.Requests);
        Assert.Null(authorization);
        Assert.Equal(("client-id", "p%q &=", "refresh-0"), (form["client_id"], form["client_secret"], form["refresh_token"]));
    }

    [Fact]
    public async Task ClientCredentials_AsksForItsScopes()
    {
        var call = await Endpoint.CallAsync(
            Client(grant: OAuthGrant.ClientCredentials, scopes: ["a:read", "b:write"]), _connection with { Grant = Grant.None });

        Assert.NotNull(call.Answer);
        Assert.Equal(
            ("client_credentials", "a:read b:write"),
            (_server.Requests.Single().Form["grant_type"], _server.Requests.Single().Form["scope"]));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_IsNotFollowed_NoSecretArrivesElsewhere(int status)
    {
        await using var elsewhere = await TokenServer.StartAsync();
        _server.Say(status, "", headers: ("Location", elsewhere.Url));

        var call = await Endpoint.CallAsync(Client(ClientAuthentication.Body), _connection);

        Assert.Equal($"http_{status}", call.Failure?.Reason);
        Assert.Equal(0, elsewhere.Calls);
    }

    [Fact]
    public async Task SlowDrip_EndsAtTheDeadline()
    {
        _server.Answer = async (context, _) =>
        {
            for (var i = 0; i < 3000; i++)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
            }
        };
        var since = Stopwatch.GetTimestamp();

        var call = await Endpoint.CallAsync(Client(timeout: Impatience), _connection);

        Assert.Equal("timeout", call.Failure?.Reason);
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 1.8, 30);
        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task HugeBody_IsCutOffAndMalformed()
    {
        var hungUp = new TaskCompletionSource();
        _server.Answer = async (context, _) =>
        {
            await context.Response.WriteAsync("""{"access_token":"t","padding":" """);
            var chunk = new string('x', 64 * 1024);
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync(chunk, CancellationToken.None);
            }

            hungUp.SetResult();
        };

        var call = await Endpoint.CallAsync(Client(), _connection);

        // The answer has no end, so the test completes only if the client stops reading.
        Assert.Equal("oversized", call.Failure?.Reason);
        await hungUp.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(200, "<html>captive portal</html>", "text/html", "malformed")]
    [InlineData(200, """{"error":"invalid_grant"}""", "application/json", "malformed")]
    [InlineData(201, """{"access_token":"t"}""", "application/json", "http_201")]
    [InlineData(400, "<html>invalid_grant</html>", "text/html", "http_400")]
    [InlineData(400, """{"error":"invalid_grant"}""", "application/json", "invalid_grant")]
    [InlineData(400, """{"error":"surprise"}""", "application/json", "http_400")]
    public async Task OddAnswers_AreClassified(int status, string body, string contentType, string reason)
    {
        _server.Say(status, body, contentType);

        Assert.Equal(reason, (await Endpoint.CallAsync(Client(), _connection)).Failure?.Reason);
        Assert.Equal(1, _server.Calls);
    }

    [Theory]
    [InlineData("application/json; charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json; charset=windows-1252")]
    [InlineData("application/json; charset=no-such-thing")]
    [InlineData("application/json; charset=")]
    public async Task ContentTypes_OfWhatIsUtf8_AreFine(string contentType)
    {
        _server.Say(200, """{"access_token":"t"}""", contentType);

        Assert.Equal("t", (await Endpoint.CallAsync(Client(), _connection)).Answer?.AccessToken.Reveal());
    }

    [Fact]
    public async Task Code_IsRedeemedByAnAnswerInLatin1_WithoutTheTextThatIsNoUtf8()
    {
        _server.Answer = async (context, _) =>
        {
            context.Response.ContentType = "application/json; charset=iso-8859-1";
            await context.Response.Body.WriteAsync(
                Encoding.Latin1.GetBytes("""{"access_token":"t","refresh_token":"r","tenant":"café"}"""));
        };

        var answer = (await RedeemAsync()).Answer!;

        Assert.Equal(("t", "r"), (answer.AccessToken.Reveal(), answer.RefreshToken.Reveal()));
        Assert.DoesNotContain("tenant", answer.Extras);
    }

    [Theory]
    [InlineData(true, "network")]
    [InlineData(false, "timeout")]
    public async Task Grant_OfAnAnswerThatDoesNotEnd_IsKept(bool hangsUp, string reason)
    {
        await using var raw = RawUpstream.Start(async (request, connection) =>
        {
            await connection.ReadBodyAsync(request);
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"refresh_token\":\"r\",");
            if (hangsUp)
            {
                connection.Dispose();
            }
        });

        var call = await Endpoint.CallAsync(Client(url: raw.Origin, timeout: hangsUp ? null : Impatience), _connection);

        Assert.Equal((reason, "r"), (call.Failure?.Reason, call.Failure?.RefreshToken.Reveal()));
    }

    [Fact]
    public async Task Code_IsNotRedeemedByAGrantAlone()
    {
        _server.Say(200, """{"refresh_token":"r"}""");

        Assert.Equal("malformed", (await RedeemAsync()).Failure?.Reason);
    }

    [Theory]
    [InlineData(200, "r")]
    [InlineData(201, "r")]
    [InlineData(302, "")]
    [InlineData(400, "")]
    [InlineData(500, "")]
    public async Task Grant_IsTakenFromAnAnswerThatSaysSuccess(int status, string grant)
    {
        _server.Say(status, """{"refresh_token":"r"}""");

        Assert.Equal(grant, (await Endpoint.CallAsync(Client(), _connection)).Failure!.RefreshToken.Reveal());
    }

    [Fact]
    public async Task RetryAfter_IsRead()
    {
        _server.Say(429, "", headers: ("Retry-After", "42"));

        Assert.Equal(TimeSpan.FromSeconds(42), (await Endpoint.CallAsync(Client(), _connection)).Failure?.RetryAfter);
    }

    [Fact]
    public async Task ClientSecrets_OlderOnesAreTriedOnInvalidClientOnly()
    {
        _server.Answer = (context, form) =>
        {
            context.Response.StatusCode = 401;
            return form["client_secret"] == "previous"
                ? AcceptAsync(context, form)
                : context.Response.WriteAsJsonAsync(new { error = "invalid_client" });
        };

        var call = await Endpoint.CallAsync(Client(ClientAuthentication.Body, secrets: ["current", "previous", "oldest"]), _connection);

        Assert.NotNull(call.Answer);
        Assert.Equal(["current", "previous"], _server.Requests.Select(request => request.Form["client_secret"]));

        Task AcceptAsync(HttpContext context, IFormCollection form)
        {
            context.Response.StatusCode = 200;
            return _server.RotateAsync(context, form);
        }
    }

    [Fact]
    public async Task ClientSecrets_AllRefused_IsConfiguration()
    {
        _server.Say(401, """{"error":"invalid_client"}""");

        var call = await Endpoint.CallAsync(Client(secrets: ["one", "two"]), _connection);

        Assert.Equal((RefreshOutcome.Configuration, 2), (call.Failure?.Outcome, _server.Calls));
    }

    [Fact]
    public async Task ClientSecrets_OtherFailures_EndTheAttempts()
    {
        _server.Say(503, "");
        await Endpoint.CallAsync(Client(secrets: ["one", "two"]), _connection);

        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task ConnectionThatBreaksAfterTheRequest_IsNotRepeated()
    {
        _server.Answer = (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        Assert.Equal("network", (await Endpoint.CallAsync(Client(), _connection)).Failure?.Reason);
        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task ConnectionRefused_NothingWasSent()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var url = $"http://127.0.0.1:{((IPEndPoint)reserved.LocalEndPoint!).Port}/token";

        Assert.Equal("connect", (await Endpoint.CallAsync(Client(url: url), _connection)).Failure?.Reason);
    }

    [Fact]
    public async Task NamesUnderLocalhost_AreLoopback()
    {
        var url = _server.Url.Replace("127.0.0.1", "login.acme-books.localhost", StringComparison.Ordinal);

        Assert.NotNull((await Endpoint.CallAsync(Client(url: url), _connection)).Answer);
    }

    [Fact]
    public async Task EveryAddressOfAName_IsTried()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");
        await using var server = await TokenServer.StartAsync(
            host => host.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.IPv6Loopback, 0)));
        var url = server.Url.Replace("[::1]", "login.acme-books.localhost", StringComparison.Ordinal);

        Assert.NotNull((await Endpoint.CallAsync(Client(url: url), _connection)).Answer);
        Assert.Equal(1, server.Calls);
    }

    [Fact]
    public async Task SelfSignedCertificate_IsNotTrusted()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2070, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var exported = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
        await using var server = await TokenServer.StartAsync(host => host.UseKestrelHttpsConfiguration().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(exported))));

        Assert.Equal("tls", (await Endpoint.CallAsync(Client(url: server.Url), _connection)).Failure?.Reason);
        Assert.Equal(0, server.Calls);
    }

    [Fact]
    public async Task TraceContext_IsNotSent()
    {
        StringValues traceParent = "not asked";
        _server.Answer = (context, form) =>
        {
            traceParent = context.Request.Headers.TraceParent;
            return _server.RotateAsync(context, form);
        };
        using var activity = new Activity("caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        await Endpoint.CallAsync(Client(), _connection);

        Assert.Empty(traceParent.ToString());
    }

    private Task<TokenCall> RedeemAsync() => Endpoint.RedeemAsync(
        Some.Acme, Client(), new Uri(_server.Url), new CodeRedemption(new("code"), "https://connect.example/callback/acme-books", default));

    private OAuthClient Client(
        ClientAuthentication authentication = ClientAuthentication.Basic,
        string id = "client-id",
        string[]? secrets = null,
        OAuthGrant grant = OAuthGrant.AuthorizationCode,
        string[]? scopes = null,
        TimeSpan? timeout = null,
        string? url = null) => new()
        {
            Grant = grant,
            TokenEndpoint = Some.Uri(url ?? _server.Url),
            ClientId = id,
            ClientSecrets = [.. (secrets ?? ["client-secret"]).Select(secret => new Secret(secret))],
            ClientAuthentication = authentication,
            Scopes = scopes ?? [],
            TokenTimeout = timeout ?? TimeSpan.FromSeconds(10),
        };
}
