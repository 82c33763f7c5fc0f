using System.Text;

using Gateway.Model;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

/// <summary>Several client secrets of which the provider accepts one, as during the rotation of the application's secret.</summary>
public sealed class ClientSecretsTests : IAsyncLifetime
{
    private readonly LogCapture _log = new();
    private readonly ManualClock _clock = new();
    private readonly Connection _connection = Some.Connection(DateTimeOffset.MaxValue);
    private GatewayInstance _instance = null!;
    private TokenServer _server = null!;
    private string _accepted = "previous";

    public async ValueTask InitializeAsync()
    {
        _instance = new(
            new InMemoryConnectionStore(_clock), _clock,
            services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log)));
        _server = await TokenServer.StartAsync();
        _server.Answer = (context, form) =>
        {
            if (SecretOf(context, form) == _accepted)
            {
                return context.Response.WriteAsJsonAsync(new { access_token = "t", expires_in = 60 });
            }

            context.Response.StatusCode = 401;
            return context.Response.WriteAsJsonAsync(new { error = "invalid_client" });
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _instance.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(ClientAuthentication.Basic)]
    [InlineData(ClientAuthentication.Body)]
    public async Task The_accepted_secret_is_found_at_once_remembered_and_reported(ClientAuthentication authentication)
    {
        var client = Client(authentication);

        Assert.NotNull((await CallAsync(client)).Answer);
        Assert.NotNull((await CallAsync(client)).Answer);

        Assert.Equal(["current", "previous", "previous"], Presented());
        Assert.Equal(1, Circuit(client).SecretInUse);
        Assert.Null(Circuit(client).Open);
        Assert.Equal(["Warning: Provider acme-books refuses the first of ClientSecrets and accepts the one at index 1."], Lines());
    }

    [Fact]
    public async Task The_gateway_switches_to_the_first_secret_when_the_provider_accepts_it()
    {
        var client = Client();
        await CallAsync(client);
        _accepted = "current";

        Assert.NotNull((await CallAsync(client)).Answer);

        Assert.Equal(["current", "previous", "previous", "current"], Presented());
        Assert.Equal(0, Circuit(client).SecretInUse);
        Assert.StartsWith("Information: ", Lines().Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_with_unchanged_secrets_keeps_the_accepted_one()
    {
        await CallAsync(Client());
        await CallAsync(Client());

        Assert.Equal(["current", "previous", "previous"], Presented());
    }

    [Fact]
    public async Task Use_of_the_first_secret_is_not_logged()
    {
        _accepted = "current";

        await CallAsync(Client());

        Assert.Empty(Lines());
    }

    [Fact]
    public async Task All_secrets_share_one_deadline()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = _server.Answer;
        _server.Answer = async (context, form) =>
        {
            if (_server.Calls == 1)
            {
                _clock.Advance(TimeSpan.FromSeconds(9));
                await answer(context, form);
                return;
            }

            second.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        var call = CallAsync(Client());
        await second.Task;
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("timeout", (await call).Failure?.Reason);
    }

    private Task<TokenCall> CallAsync(OAuthClient client) => _instance.Endpoint.CallAsync(client, _connection);

    private ProviderCircuit Circuit(OAuthClient client) => _instance.Get<ProviderCircuits>().Get(Some.Acme.Provider, client);

    private IEnumerable<string> Lines() => _log.Lines.Where(line => line.Contains("ClientSecrets", StringComparison.Ordinal));

    private IEnumerable<string> Presented() => _server.Requests.Select(request => request.Authorization is { } basic
        ? Encoding.UTF8.GetString(Convert.FromBase64String(basic["Basic ".Length..])).Split(':')[1]
        : request.Form["client_secret"]);

    private static string SecretOf(HttpContext context, IFormCollection form) =>
        context.Request.Headers.Authorization.ToString() is { Length: > 0 } basic
        ? Encoding.UTF8.GetString(Convert.FromBase64String(basic["Basic ".Length..])).Split(':')[1]
        : form["client_secret"].ToString();

    private OAuthClient Client(ClientAuthentication authentication = ClientAuthentication.Basic) => new()
    {
        Grant = OAuthGrant.AuthorizationCode,
        TokenEndpoint = Some.Uri(_server.Url),
        ClientId = "client-id",
        ClientSecrets = [new("current"), new("previous")],
        ClientAuthentication = authentication,
    };
}
