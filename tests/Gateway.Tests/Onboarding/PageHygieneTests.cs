using System.Net;
using System.Web;

namespace Gateway.Tests.Onboarding;

/// <summary>Security headers of pages, and data that must not appear in pages, logs or addresses.</summary>
public sealed class PageHygieneTests
{
    [Fact]
    public async Task Every_answer_has_the_security_headers()
    {
        await using var app = await ConnectApp.StartAsync();
        var link = await app.LinkAsync("bokio");
        var page = await app.Browser.GetAsync(link);
        var start = await app.Browser.PostAsync(link);
        var callback = await app.Browser.GetAsync(await app.DecideAsync(start.Target!));
        var done = await app.Browser.GetAsync(callback.Target!);
        var problem = await app.Browser.GetAsync(new Uri(app.Connect, "/connect/problem/declined"));

        foreach (var answer in new[] { page, start, callback, done, problem })
        {
            Assert.Equal("no-store", answer.Header("Cache-Control"));
            Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
            Assert.Equal("DENY", answer.Header("X-Frame-Options"));
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            var policy = answer.Header("Content-Security-Policy");
            Assert.StartsWith("default-src 'none'; style-src 'self'; img-src 'self'; form-action ", policy, StringComparison.Ordinal);
            Assert.EndsWith("; base-uri 'none'; frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", answer.Body, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("style=", answer.Body, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Contains(
            $"form-action 'self' {app.Providers.Bokio.Api.Address.ToString().TrimEnd('/')};", page.Header("Content-Security-Policy"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_form_action_policy_covers_the_hosts_of_an_unknown_client()
    {
        await using var app = await ConnectApp.StartAsync();
        var port = app.Providers.Bipsync.Api.Address.Port;

        var open = await app.Browser.GetAsync(await app.LinkAsync("bipsync"));
        var known = await app.Browser.GetAsync(await app.LinkAsync("bipsync", body: new { fields = new { client = "acme" } }));

        Assert.Contains(
            $"form-action 'self' http://*.bipsync.localhost:{port};", open.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains(
            $"form-action 'self' http://acme.bipsync.localhost:{port} http://*.bipsync.localhost:{port};",
            known.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_are_served_on_the_Connect_listener_only()
    {
        await using var app = await ConnectApp.StartAsync();
        var link = await app.LinkAsync("bokio");

        foreach (var path in new[] { link.AbsolutePath, "/callback/bokio?code=x&state=y", "/connect/assets/connect.css" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await app.Browser.GetAsync(new Uri(app.Proxy, path))).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await app.Browser.GetAsync(new Uri(app.Operator.BaseAddress!, path))).Status);
        }

        Assert.Equal(
            HttpStatusCode.NotFound, (await app.Browser.PostAsync(new Uri(app.Connect, "/connections/bokio/acme/connect-link"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await app.Browser.GetAsync(new Uri(app.Connect, "/connect/assets/connect.css"))).Status);
    }

    [Fact]
    public async Task Behind_TLS_the_cookie_has_the_Host_prefix_and_addresses_are_public()
    {
        await using var app = await ConnectApp.StartAsync("Connect:PublicUrl=https://connect.example.com/base/");
        using var created = await app.Operator.PostAsync("/connections/bokio/acme/connect-link", null);
        var url = (string)(await ConnectApp.JsonAsync(created))["url"]!;
        Assert.StartsWith("https://connect.example.com/base/connect/", url, StringComparison.Ordinal);

        var here = new Uri(app.Connect, "/connect/" + url.Split('/')[^1]);
        Assert.Contains("action=\"/base/connect/", (await app.Browser.GetAsync(here)).Body, StringComparison.Ordinal);
        var answer = await app.Browser.PostAsync(here);

        Assert.Equal("https://connect.example.com/base/callback/bokio", HttpUtility.ParseQueryString(answer.Target!.Query)["redirect_uri"]);
        Assert.Matches(
            "^__Host-connect-[0-9a-f]{16}=[A-Za-z0-9_-]{43}; max-age=600; path=/; secure; samesite=lax; httponly$",
            answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task Name_and_logo_come_from_the_configuration()
    {
        using var directory = new TemporaryDirectory();
        var logo = directory.Write("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        await using var app = await ConnectApp.StartAsync("Connect:Name=Ärzte & <Söhne>", $"Connect:Logo={logo}");

        var page = await app.Browser.GetAsync(await app.LinkAsync("bokio"));
        var image = await app.Browser.GetAsync(new Uri(app.Connect, "/connect/assets/logo"));

        Assert.Contains("alt=\"&#xC4;rzte &amp; &lt;S&#xF6;hne&gt;\"", page.Body, StringComparison.Ordinal);
        Assert.Equal("image/svg+xml", image.Header("Content-Type"));
        Assert.Equal("nosniff", image.Header("X-Content-Type-Options"));
    }

    [Fact]
    public async Task No_part_of_a_grant_appears_in_logs_or_addresses()
    {
        await using var app = await ConnectApp.StartAsync();
        var links = new List<Uri>();
        foreach (var provider in new[] { "bokio", "bexio", "bipsync", "bookeo" })
        {
            links.Add(await app.LinkAsync(provider, body: provider == "bipsync" ? new { fields = new { client = "acme" } } : null));
            await app.WalkAsync(links[^1]);
            var callback = await app.DecideAsync(await app.StartAsync(await app.LinkAsync(provider)), decision: "deny");
            await app.Browser.ArriveAsync(await app.Browser.GetAsync(callback));
        }

        var secrets = app.Browser.Visited.SelectMany(static address => HttpUtility.ParseQueryString(address.Query) is var query
                ? new[] { query["code"], query["state"], query["apiKey"], query["code_challenge"] } : []).OfType<string>()
            .Concat(links.Select(static link => link.AbsolutePath.Split('/')[^1]))
            .Concat(
                [app.Providers.Bokio.Client.Secret, app.Providers.Bexio.Client.Secret, app.Providers.Bookeo.SecretKey, ConnectApp.AdminKey])
            .Concat(
                new[] { await app.StoredAsync("bokio"), await app.StoredAsync("bexio"), await app.StoredAsync("bipsync"),
                    await app.StoredAsync("bookeo") }
                .SelectMany(
                    static connection => new[] { connection!.Grant.RefreshToken.Reveal(), connection.Token?.Value.Reveal() ?? "" }
                        .Concat(connection.Grant.Fields.Values.Select(static secret => secret.Reveal()))))
            .Where(static secret => secret.Length > 0).ToHashSet(StringComparer.Ordinal);
        Assert.True(secrets.Count > 20);
        Assert.Contains(app.Logs.Entries, static line => line.Level <= Microsoft.Extensions.Logging.LogLevel.Debug);
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, app.Logs.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(Uri.EscapeDataString(secret), app.Logs.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(app.Once.Keys, key => key.Contains(secret, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(app.Browser.Visited, static address =>
            address.AbsolutePath.StartsWith("/connect/done/", StringComparison.Ordinal) && address.Query.Length > 0);
    }
}
