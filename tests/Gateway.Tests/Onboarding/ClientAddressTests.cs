using System.Net;

using Gateway.Onboarding;

namespace Gateway.Tests.Onboarding;

/// <summary>The client address behind a proxy that terminates TLS: the browser's if the proxy is trusted, the peer's if not.</summary>
public sealed class ClientAddressTests
{
    private const string Owner = "203.0.113.7";

    [Theory]

    // No proxy is trusted, or another one.
    [InlineData("", Owner, "127.0.0.1")]
    [InlineData("10.0.0.0/8", Owner, "127.0.0.1")]
    [InlineData("127.0.0.2", Owner, "127.0.0.1")]

    // The proxy by address, by network, in IPv6 notation; the port of the browser is ignored.
    [InlineData("127.0.0.1", Owner, Owner)]
    [InlineData("127.0.0.0/8", Owner, Owner)]
    [InlineData("::ffff:127.0.0.1", Owner, Owner)]
    [InlineData("::ffff:127.0.0.0/104", Owner, Owner)]
    [InlineData("127.0.0.1", "203.0.113.7:49152", Owner)]
    [InlineData("127.0.0.1", "::ffff:203.0.113.7", Owner)]
    [InlineData("127.0.0.1", "2001:db8::7", "2001:db8::7")]
    [InlineData("127.0.0.1", "[2001:db8::7]:49152", "2001:db8::7")]

    // A chain is read from its end over all trusted hops, so values that a browser sent are not reached.
    [InlineData("127.0.0.1 10.0.0.0/8", "203.0.113.7, 10.1.1.1, 10.2.2.2", Owner)]
    [InlineData("127.0.0.1 10.0.0.0/8", "198.51.100.1, 203.0.113.7, 10.1.1.1", Owner)]
    [InlineData("127.0.0.1 10.0.0.0/8", "198.51.100.1|203.0.113.7|10.1.1.1", Owner)]
    [InlineData("127.0.0.1 10.0.0.0/8", "203.0.113.7, ::ffff:10.1.1.1", Owner)]
    [InlineData("127.0.0.1 fd00::/8", "203.0.113.7, [fd00::5]:443", Owner)]
    [InlineData("127.0.0.1", "198.51.100.1, 203.0.113.7", Owner)]
    [InlineData("127.0.0.1", "127.0.0.1, 203.0.113.7", Owner)]
    [InlineData("127.0.0.1 10.0.0.0/8", "10.3.3.3, 10.1.1.1", "10.3.3.3")]

    // A malformed address ends the walk at the last valid one.
    [InlineData("127.0.0.1", "unknown", "127.0.0.1")]
    [InlineData("127.0.0.1", "203.0.113.7, _hidden", "127.0.0.1")]
    [InlineData("127.0.0.1", "'; DROP TABLE, 203.0.113.7", Owner)]
    [InlineData("127.0.0.1 10.0.0.0/8", "203.0.113.7, nonsense, 10.1.1.1", "10.1.1.1")]
    [InlineData("127.0.0.1", "999.1.1.1", "127.0.0.1")]
    [InlineData("127.0.0.1", ", ,", "127.0.0.1")]
    public async Task The_audit_log_has_the_last_address_that_is_not_a_trusted_proxy(string proxies, string header, string expected)
    {
        await using var app = await ConnectApp.StartAsync(Trusting(proxies));

        Assert.Equal(expected, await SeenFromAsync(app, app.Connect, header.Split('|')));
    }

    [Fact]
    public async Task An_IPv4_proxy_seen_as_IPv6_by_a_dual_stack_listener_is_trusted()
    {
        await using var app = await ConnectApp.StartAsync(
            [.. Trusting("127.0.0.0/8"), "Kestrel:Endpoints:Connect:Url=http://[::]:0", "Connect:PublicUrl=https://connect.example.com"]);

        Assert.Equal(Owner, await SeenFromAsync(app, new UriBuilder(app.Connect) { Host = "127.0.0.1" }.Uri, Owner));
    }

    [Fact]
    public async Task Host_and_scheme_of_a_trusted_proxy_change_nothing()
    {
        await using var app = await ConnectApp.StartAsync(Trusting("127.0.0.1"));
        using var request = new HttpRequestMessage(HttpMethod.Post, await app.LinkAsync("bokio"));
        foreach (var (name, value) in new[] { ("For", Owner), ("Host", "evil.example"), ("Proto", "https"), ("Prefix", "/evil") })
        {
            request.Headers.Add($"X-Forwarded-{name}", value);
        }

        var start = await app.Browser.SendAsync(request);

        Assert.Contains(Uri.EscapeDataString($"{app.Connect}callback/bokio"), start.Target!.Query, StringComparison.Ordinal);
        Assert.Contains("Set-Cookie: connect-", start.Headers, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", start.Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_owner_behind_a_proxy_has_a_separate_limit_of_starts()
    {
        await using var app = await ConnectApp.StartAsync(Trusting("127.0.0.1"));
        var link = new Uri(app.Connect, $"connect/{new string('A', 43)}");

        while (await StartFromAsync(app, link, Owner) != HttpStatusCode.TooManyRequests)
        {
            Assert.InRange(app.Browser.Visited.Count, 0, 100);
        }

        // The next attempt of the browser with another invented address counts for the same browser.
        Assert.Equal(HttpStatusCode.TooManyRequests, await StartFromAsync(app, link, $"198.51.100.1, {Owner}"));
        Assert.Equal(HttpStatusCode.NotFound, await StartFromAsync(app, link, "203.0.113.8"));
    }

    [Fact]
    public async Task The_admin_listener_does_not_read_the_header()
    {
        await using var app = await ConnectApp.StartAsync(Trusting("127.0.0.1"));
        app.Operator.DefaultRequestHeaders.Add("X-Forwarded-For", Owner);

        await app.LinkAsync("bokio");

        Assert.EndsWith(
            "from 127.0.0.1", Assert.Single(app.Logs.Entries, static line => line.EventId == 5000).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_applies_to_the_next_request_and_an_invalid_one_changes_nothing()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Write("proxies.json", File("10.0.0.0/8"));
        await using var app = await ConnectApp.StartAsync("--config", file);
        Assert.Equal("127.0.0.1", await SeenFromAsync(app, app.Connect, Owner));

        directory.Write("proxies.json", File("127.0.0.1"));
        await app.ReloadAsync();
        Assert.Equal(Owner, await SeenFromAsync(app, app.Connect, Owner));

        directory.Write("proxies.json", File("proxy.internal"));
        await app.ReloadAsync();
        Assert.Equal(Owner, await SeenFromAsync(app, app.Connect, Owner));

        directory.Write("proxies.json", "{}");
        await app.ReloadAsync();
        Assert.Equal("127.0.0.1", await SeenFromAsync(app, app.Connect, Owner));
    }

    [Fact]
    public async Task A_proxy_missing_from_TrustedProxies_is_logged_once()
    {
        await using var app = await ConnectApp.StartAsync();
        await SeenFromAsync(app, app.Connect);
        Assert.DoesNotContain(app.Logs.Entries, static line => line.EventId == 5020);

        await SeenFromAsync(app, app.Connect, Owner);
        await SeenFromAsync(app, app.Connect, Owner);

        Assert.Contains(
            "127.0.0.1", Assert.Single(app.Logs.Entries, static line => line.EventId == 5020).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.5", "10.0.0.5/32")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("::1", "::1/128")]
    [InlineData("FD00::/8", "fd00::/8")]
    [InlineData("::ffff:10.0.0.0/104", "10.0.0.0/8")]
    public void An_item_is_one_network(string item, string network)
    {
        Assert.True(TrustedProxy.TryParse(item, out var parsed));
        Assert.Equal(network, parsed.ToString());
    }

    private static string[] Trusting(string proxies) =>
        [.. proxies.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(static (proxy, index) => $"Connect:TrustedProxies:{index}={proxy}")];

    private static string File(string proxy) => $$"""{ "Connect": { "TrustedProxies": ["{{proxy}}"] } }""";

    private static async Task<HttpStatusCode> StartFromAsync(ConnectApp app, Uri link, string header)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, link);
        request.Headers.Add("X-Forwarded-For", header);
        return (await app.Browser.SendAsync(request)).Status;
    }

    // A callback with two states is refused, and its log line has the address.
    private static async Task<string> SeenFromAsync(ConnectApp app, Uri connect, params string[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(connect, "callback/bokio?state=a&state=b"));
        foreach (var header in headers)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", header);
        }

        Assert.Equal(HttpStatusCode.SeeOther, (await app.Browser.SendAsync(request)).Status);
        return app.Logs.Entries.Last(static line => line.EventId == 5003).Message.Split(" from ")[^1];
    }
}
