using System.Collections.Concurrent;
using System.Globalization;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// A third party for thousands of connections: each refresh token works once, each access token until it expires. Tokens are
/// readable (<c>r.NAME.N</c>, <c>a.NAME.N.EXPIRY</c>), so that it needs to remember one number per connection.
/// </summary>
internal sealed class RotatingProvider : IAsyncDisposable
{
    public const string Name = "rotating";

    private readonly WebApplication _app;
    private readonly TimeSpan _lifetime;
    private readonly TimeSpan _latency;

    // The current rotation of each connection. Compare-and-swap: of two calls with one refresh token, one is a reuse.
    private readonly ConcurrentDictionary<string, int> _rotations = new(StringComparer.Ordinal);
    private int _calls;
    private int _inFlight;
    private int _mostInFlight;
    private int _reuses;
    private int _refused;

    private RotatingProvider(WebApplication app, TimeSpan lifetime, TimeSpan latency)
    {
        (_app, _lifetime, _latency) = (app, lifetime, latency);
        app.MapPost("/token", (Delegate)AnswerTokenAsync);
        app.MapGet("/api/{**path}", (Delegate)Answer);
    }

    public int Calls => Volatile.Read(ref _calls);

    public int MostInFlight => Volatile.Read(ref _mostInFlight);

    /// <summary>Number of spent refresh tokens presented.</summary>
    public int Reuses => Volatile.Read(ref _reuses);

    /// <summary>Number of API requests with an expired or unknown token.</summary>
    public int Refused => Volatile.Read(ref _refused);

    public string Url => _app.Urls.First();

    public static async Task<RotatingProvider> StartAsync(TimeSpan lifetime, TimeSpan latency = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var provider = new RotatingProvider(builder.Build(), lifetime, latency);
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>A gateway's configuration: <c>/rotating/…</c> goes to the API.</summary>
    public string Configuration(int maxParallelRefreshes = 16) => $$"""
        {
          "Providers": { "{{Name}}": {
            "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{Url}}", "TokenEndpoint": "{{Url}}/token",
            "ClientId": "client", "ClientSecret": "secret", "MaxParallelRefreshes": {{maxParallelRefreshes}} } },
          "ReverseProxy": {
            "Routes": { "api": { "ClusterId": "api", "Match": { "Path": "/rotating/{**path}" },
              "Transforms": [ { "PathPattern": "/api/{**path}" }, { "Credential": "{{Name}}" } ] } },
            "Clusters": { "api": { "Destinations": { "only": { "Address": "{{Url}}/" } } } } },
          "Logging": { "LogLevel": { "Default": "Warning" } }
        }
        """;

    /// <summary>
    /// Connects an account and puts it into the gateway, with a token that the third party accepts until the announced expiry.
    /// </summary>
    public async Task ConnectAsync(GatewayProcess gateway, string name, TimeSpan expiresIn)
    {
        _rotations[name] = 0;
        var accessToken = AccessToken(name, 0, expiresIn);
        await gateway.PutConnectionAsync(Name, name, new { refreshToken = $"r.{name}.0", accessToken, expiresIn = expiresIn.TotalSeconds });
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string AccessToken(string name, int rotation, TimeSpan lifetime) =>
        string.Create(
            CultureInfo.InvariantCulture, $"a.{name}.{rotation}.{(TimeProvider.System.GetUtcNow() + lifetime).ToUnixTimeMilliseconds()}");

    private IResult Answer(HttpContext context)
    {
        var token = context.Request.Headers.Authorization.ToString();
        var expiry = token.StartsWith("Bearer a.", StringComparison.Ordinal)
            ? long.Parse(token.Split('.')[^1], CultureInfo.InvariantCulture)
            : 0;
        if (expiry > TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds())
        {
            return Results.Text("fine");
        }

        Interlocked.Increment(ref _refused);
        return Results.StatusCode(401);
    }

    private async Task<IResult> AnswerTokenAsync(HttpContext context)
    {
        Interlocked.Increment(ref _calls);
        var now = Interlocked.Increment(ref _inFlight);
        for (var most = MostInFlight; now > most && Interlocked.CompareExchange(ref _mostInFlight, now, most) != most; most = MostInFlight)
        {
        }

        try
        {
            await WaitAsync(context.RequestAborted);
            return Rotate(await context.Request.ReadFormAsync());
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_latency > TimeSpan.Zero ? _latency : TimeSpan.FromMilliseconds(1));
        await timer.WaitForNextTickAsync(cancellationToken);
    }

    private IResult Rotate(IFormCollection form)
    {
        var parts = form["refresh_token"].ToString().Split('.');
        var (name, spent) = (parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture));
        if (!_rotations.TryUpdate(name, spent + 1, spent))
        {
            Interlocked.Increment(ref _reuses);
            return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        }

        return Results.Json(new
        {
            access_token = AccessToken(name, spent + 1, _lifetime),
            token_type = "Bearer",
            expires_in = _lifetime.TotalSeconds,
            refresh_token = $"r.{name}.{spent + 1}",
        });
    }
}
