using System.Collections.Concurrent;

namespace Gateway.Testing;

/// <summary>A token endpoint on a real socket. By default it rotates strictly: each refresh token works once.</summary>
internal sealed class TokenServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;
    private int _inFlight;

    private TokenServer(WebApplication app) => _app = app;

    /// <summary>Answers a call; tests replace it.</summary>
    public Func<HttpContext, IFormCollection, Task> Answer { get; set; } = null!;

    public ConcurrentQueue<(string? Authorization, Dictionary<string, string> Form)> Requests { get; } = new();

    public int Calls => Volatile.Read(ref _calls);

    public int MostInFlight { get; private set; }

    /// <summary>The only refresh token that is accepted now.</summary>
    public string CurrentRefreshToken { get; set; } = "refresh-0";

    public string Url => _app.Urls.First() + "/token";

    public static async Task<TokenServer> StartAsync(Action<IWebHostBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        configure?.Invoke(builder.WebHost);
        var server = new TokenServer(builder.Build());
        server.Answer = server.RotateAsync;
        server._app.Run(server.HandleAsync);
        await server._app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Answers every call with this status and body.</summary>
    public void Say(int status, string body, string contentType = "application/json", params (string Name, string Value)[] headers) =>
        Answer = async (context, _) =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = contentType;
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.WriteAsync(body);
        };

    /// <summary>Strict rotation: a new refresh token invalidates the old one.</summary>
    public async Task RotateAsync(HttpContext context, IFormCollection form)
    {
        if (form["grant_type"] == "refresh_token" && form["refresh_token"] != CurrentRefreshToken)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_grant", error_description = "spent: " + form["refresh_token"] });
            return;
        }

        var n = Calls;
        CurrentRefreshToken = $"refresh-{n}";
        await context.Response.WriteAsJsonAsync(
            new { access_token = $"access-{n}", token_type = "bearer", expires_in = 3600, refresh_token = CurrentRefreshToken });
    }

    private async Task HandleAsync(HttpContext context)
    {
        Interlocked.Increment(ref _calls);
        MostInFlight = Math.Max(MostInFlight, Interlocked.Increment(ref _inFlight));
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync() : FormCollection.Empty;
        Requests.Enqueue(
            (context.Request.Headers.Authorization,
                form.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal)));
        try
        {
            await Answer(context, form);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
