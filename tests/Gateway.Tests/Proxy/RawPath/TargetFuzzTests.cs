using System.Text;

using Gateway.Proxy;
using Gateway.Proxy.RawPath;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Tests.Proxy.RawPath;

/// <summary>
/// Hundreds of thousands of hostile targets: every forwarded request goes to its provider's origin with its own credential, below its
/// route's path, and every other one is refused. The seed is printed and can be set to repeat a run.
/// </summary>
public sealed class TargetFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
    [
        "/", "//", "\\", ".", "..", "../", "/..", "..;/", "..;x=1/", "%2e", "%2E%2e", "%252e", "%25252e", "%2f", "%5c", "%c0%ae", "%c0%af",
        "%e0%80%ae",
        "%ef%bc%8e", "%u002e", "%00", "%0d%0a", "%20", "%09", "%zz", "%", "?", "#", ";", "&", "=", ":", "@", "@evil.example", ":80",
        "evil.example", "//evil.example",
        "https://evil.example", "http:", "a", "b1", "alpha", "beta", "gamma", "admin", "v1", "v2", "%61lpha", "ALPHA", "{x}", "|", "\"",
        "<", "^", "`",
        "apiKey=mine", "api%4bey=mine", "?apiKey=x&apiKey=y", "é", "\u0001", "\t", "+", "~", "token", "default", "north", "...",
        ".well-known",
    ];

    private static readonly string[] Starts = [
        "/alpha/", "/beta/", "/gamma/north/", "/delta/x", "/", "/alpha", "//alpha/", "/alpha/../beta/", "http://gateway/alpha/",
        "http://evil.example/beta/"];

    [Fact]
    public void A_hundred_thousand_targets_in_process_keep_the_rules()
    {
        var random = Seeded(out var seed);
        var routes = new[] { Route("alpha", "/alpha/{**path}", "/v1/{**path}"), Route("beta", "/beta/{**path}", null),
            Route("gamma", "/gamma/{tenant}/{**path}", "/g/{**path}") };
        var origins = new[] { new Uri("https://api.alpha.example"), new Uri("https://api.beta.example/base"),
            new Uri("https://gamma.example:8443/") };
        var below = new[] { "/v1", "/base/beta", "/g" };
        var sent = 0;
        Span<PathSlice> captures = new PathSlice[PathTemplate.MaxParameters];
        for (var round = 0; round < 100_000; round++)
        {
            var target = Mutate(random);
            var which = random.Next(routes.Length);
            if (TargetGuard.Refuse(target) is not null)
            {
                continue;
            }

            var parsed = RequestTarget.Parse(target);
            if (!routes[which].TryApply(parsed.Path, captures, out var path))
            {
                continue;
            }

            if (!OutgoingUri.TryBuild(origins[which], string.Concat(path, parsed.Query), out var uri))
            {
                Assert.Fail($"seed {seed}: '{target}' passed the guard and could not be addressed");
            }

            sent++;
            Assert.True(
                uri.Scheme == origins[which].Scheme && uri.Host == origins[which].Host && uri.Port == origins[which].Port
                    && uri.UserInfo.Length == 0,
                $"seed {seed}: '{target}' would leave for {uri}");
            Assert.True(IsBelow(uri.PathAndQuery, below[which]), $"seed {seed}: '{target}' would leave for {uri.PathAndQuery}");
        }

        output.WriteLine($"seed {seed}: {sent} of 100000 would leave");
        Assert.InRange(sent, 1000, 99_000);
    }

    [Fact]
    public async Task Thousands_of_targets_over_TCP_keep_the_rules()
    {
        var random = Seeded(out var seed);
        await using var alpha = RawUpstream.Start();
        await using var beta = RawUpstream.Start();
        await using var gamma = RawUpstream.Start();
        await using var delta = RawUpstream.Start();
        await using var gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
            .Secret("alpha", alpha.Origin, "token-alpha").Secret("beta", beta.Origin + "/base", "token-beta")
            .Secret("gamma", gamma.Origin, "token-gamma").Connect("gamma", "north", "token-north")
            .Secret("delta", delta.Origin, "token-delta", query: "apiKey")
            .Route("alpha", "/alpha/{**path}", alpha.Origin, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"alpha\"")
            .Route("beta", "/beta/{**path}", beta.Origin + "/base", "\"Credential\": \"beta\"")
            .Route("gamma", "/gamma/{tenant}/{**path}", gamma.Origin, "\"PathPattern\": \"/g/{**path}\"",
                "\"Credential\": \"gamma\", \"Connection\": \"{tenant}\"")
            .Route("delta", "/delta/{id}", delta.Origin, "\"PathPrefix\": \"/d\"", "\"Credential\": \"delta\""));

        await Parallel.ForAsync(0, 8, async (_, _) =>
        {
            for (var round = 0; round < 400; round++)
            {
                string target;
                lock (random)
                {
                    target = Mutate(random);
                }

                await SendAsync(gateway, target);
            }
        });

        Check(alpha, "/v1", "Bearer token-alpha");
        Check(beta, "/base/beta", "Bearer token-beta");
        Check(gamma, "/g", "Bearer token-gamma", "Bearer token-north");
        Check(delta, "/d/delta/", "Bearer token-delta");
        Assert.All(delta.Requests, request => Assert.Equal(["token-delta"], ValuesOf(request.Target, "apikey")));
        output.WriteLine(
            $"seed {seed}: {alpha.Requests.Count} + {beta.Requests.Count} + {gamma.Requests.Count} + {delta.Requests.Count} left");
        Assert.All((RawUpstream[])[alpha, beta, gamma, delta], upstream => Assert.NotEmpty(upstream.Requests));

        void Check(RawUpstream upstream, string path, params string[] tokens) => Assert.All(upstream.Requests, request =>
        {
            Assert.True(IsBelow(request.Target, path), $"seed {seed}: {request.Target}");
            Assert.Contains(request.One("Authorization"), tokens);
            Assert.Equal($"127.0.0.1:{upstream.Port}", request.One("Host"));
        });
    }

    private static async Task SendAsync(GatewayUnderTest gateway, string target)
    {
        using var caller = await gateway.ConnectAsync();
        await caller.SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer mine\r\nConnection: close\r\n\r\n");
        try
        {
            await caller.ReadResponseAsync().WaitAsync(Eventually.Patience);
        }
        catch (EndOfStreamException)
        {
            // The server refused it without an answer.
        }
    }

    // Normalizes the path as the most lenient server would: the result must still be below the route's path.
    private static bool IsBelow(string target, string path)
    {
        if (!target.StartsWith(path, StringComparison.OrdinalIgnoreCase)
            || (target.Length > path.Length && !path.EndsWith('/') && target[path.Length] is not ('/' or '?')))
        {
            return false;
        }

        var folded = target.Split('?')[0];
        for (var round = 0; round < 5; round++)
        {
            folded = Uri.UnescapeDataString(
                folded.Replace("%c0%ae", ".", StringComparison.OrdinalIgnoreCase).Replace("%c0%af", "/", StringComparison.OrdinalIgnoreCase)
                .Replace("%e0%80%ae", ".", StringComparison.OrdinalIgnoreCase).Replace("%u002e", ".", StringComparison.OrdinalIgnoreCase)
                .Replace("%ef%bc%8e", ".", StringComparison.OrdinalIgnoreCase));
        }

        return folded.Split('/', '\\').Select(static segment => segment.Split(';', '\0', '?', '#')[0].Trim())
            .All(static segment => segment is not "." and not "..");
    }

    private static IEnumerable<string> ValuesOf(string target, string name) => target[(target.IndexOf('?') + 1)..].Split('&', ';')
        .Select(static pair => pair.Split('=', 2))
        .Where(pair => Uri.UnescapeDataString(Uri.UnescapeDataString(pair[0])).Trim('+', ' ')
            .Equals(name, StringComparison.OrdinalIgnoreCase))
        .Select(static pair => pair.Length == 2 ? pair[1] : "");

    private static string Mutate(Random random)
    {
        var target = new StringBuilder(Starts[random.Next(Starts.Length)]);
        for (var count = random.Next(1, 7); count > 0; count--)
        {
            var piece = Pieces[random.Next(Pieces.Length)];
            target.Insert(random.Next(4) == 0 ? random.Next(target.Length) : target.Length, piece);
        }

        return target.ToString();
    }

    private static Random Seeded(out int seed)
    {
        seed = Environment.GetEnvironmentVariable("GATEWAY_FUZZ_SEED") is { Length: > 0 } text ? int.Parse(text) : Random.Shared.Next();
        return new Random(seed);
    }

    private static RawPathTransform Route(string id, string path, string? pattern)
    {
        var errors = new List<string>();
        var plan = RawPathTransform.Compile(
            new RouteConfig
            {
                RouteId = id,
                Match = new RouteMatch { Path = path },
                Transforms = pattern is null ? [] : [new Dictionary<string, string> { ["PathPattern"] = pattern }],
            },
            errors);
        Assert.Empty(errors);
        return plan!;
    }
}
