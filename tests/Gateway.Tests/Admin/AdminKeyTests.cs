using System.Net;
using System.Net.Http.Headers;

using Gateway.Model;

namespace Gateway.Tests.Admin;

public sealed class AdminKeyTests
{
    private const string Path = "/providers";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer " + AdminApp.Key + "x")]
    [InlineData("Basic " + AdminApp.Key)]
    [InlineData(AdminApp.Key)]
    public async Task A_call_without_the_key_is_refused_with_a_challenge(string? authorization)
    {
        await using var app = await AdminApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        app.Client.DefaultRequestHeaders.Authorization = null;
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await app.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer realm=\"gateway\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("unauthorized", Assert.Single(response.Headers.GetValues("Gateway-Error")));
        Assert.Contains(app.Logs.Entries, static line => line is { Category: "Gateway.Audit", EventId: 3010 });
    }

    [Fact]
    public async Task The_scheme_is_accepted_in_any_case()
    {
        await using var app = await AdminApp.StartAsync();
        app.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("bearer", AdminApp.Key);
        Assert.Equal(200, (await app.GetAsync(Path)).Status);
    }

    [Theory]
    [InlineData("GET", "/routes")]
    [InlineData("GET", "/connections")]
    [InlineData("GET", "/connections?limit=nonsense")]
    [InlineData("GET", "/connections/code/acme")]
    [InlineData("PUT", "/connections/code/acme")]
    [InlineData("DELETE", "/connections/code/acme")]
    [InlineData("POST", "/connections/code/acme/refresh")]
    [InlineData("POST", "/connections/code/acme/verify")]
    [InlineData("GET", "/openapi/v1.json")]
    public async Task Every_endpoint_is_behind_the_key_before_anything_is_read(string method, string path)
    {
        await using var app = await AdminApp.StartAsync();
        app.Client.DefaultRequestHeaders.Authorization = null;
        Assert.Equal(401, (await app.SendAsync(new HttpMethod(method), path, "{")).Status);
    }

    [Fact]
    public async Task Endpoints_outside_the_admin_API_need_no_key()
    {
        await using var app = await AdminApp.StartAsync();
        app.Client.DefaultRequestHeaders.Authorization = null;
        using var response = await app.RespondAsync(HttpMethod.Get, "/elsewhere");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public void An_empty_key_matches_nothing_and_the_key_never_prints()
    {
        Assert.False(new AdminKey(default).Matches(default));
        var key = KeyOf(AdminApp.Key);
        Assert.Equal("***", key.ToString());
        Assert.Matches("^[0-9a-f]{8}$", key.Fingerprint);
        Assert.Equal(key.Fingerprint, KeyOf(AdminApp.Key).Fingerprint);
        Assert.NotEqual(key.Fingerprint, KeyOf(AdminApp.Key + "x").Fingerprint, StringComparer.Ordinal);
    }

    private static AdminKey KeyOf(string value) => new(new Secret(value));
}
