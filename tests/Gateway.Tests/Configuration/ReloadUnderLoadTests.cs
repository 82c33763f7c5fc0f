using System.Collections.Concurrent;
using System.Collections.Frozen;

using Gateway.Configuration.Listeners;
using Gateway.Model;

namespace Gateway.Tests.Configuration;

public sealed class ReloadUnderLoadTests
{
    [Fact]
    public async Task No_request_is_dropped_while_valid_wrong_and_broken_changes_follow_each_other()
    {
        await using var upstream = await StartUpstreamAsync();
        var origin = upstream.Urls.Single();
        await using var gateway = await RunningGateway.StartAsync(File(origin, route: "one"));
        await gateway.Store.TryWriteAsync(
            new Connection
            {
                Id = new("p", ConnectionId.DefaultName),
                Generation = 1,
                Grant = new(
                    default, new Dictionary<string, Secret>(StringComparer.Ordinal) { ["key"] = new("k-1") }
                        .ToFrozenDictionary(StringComparer.Ordinal)),
            },
            0,
            TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = gateway.App.AddressOf(GatewayListener.Proxy) };
        var answers = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 8).Select(_ => CallAsync(client, answers, stop.Token)).ToList();

        string[] changes = [
            File(origin, route: "two"), "{", File(origin, route: "one"), File("ftp://x", route: "one"),
            File("https://elsewhere.example", route: "one", cluster: origin)];
        for (var i = 0; i < 30 || answers.Count < 400; i++)
        {
            await gateway.RewriteAsync(changes[i % changes.Length]);
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.Equal(["200 /one k-1", "200 /two k-1"], answers.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray());
    }

    private static async Task<WebApplication> StartUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var upstream = builder.Build();
        upstream.Urls.Add("http://127.0.0.1:0");
        upstream.Run(static context => context.Response.WriteAsync($"{context.Request.Path} {context.Request.Headers["X-Key"]}"));
        await upstream.StartAsync();
        return upstream;
    }

    // The first route works with every configuration; its upstream path shows which one is in force.
    private static string File(string origin, string route, string? cluster = null) => $$"""
        {
          "Providers": { "p": { "Kind": "Secret", "Origin": "{{origin}}", "Inject": { "Headers": { "X-Key": "{key}" } } } },
          "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/p/{**path}" },
              "Transforms": [{ "PathPattern": "/{{route}}" }, { "Credential": "p" }] } },
            "Clusters": { "c": { "Destinations": { "d": { "Address": "{{cluster ?? origin}}" } } } }
          }
        }
        """;

    private static async Task CallAsync(HttpClient client, ConcurrentQueue<string> answers, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var response = await client.GetAsync(new Uri("/p/x", UriKind.Relative), CancellationToken.None);
            answers.Enqueue($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(CancellationToken.None)}");
        }
    }
}
