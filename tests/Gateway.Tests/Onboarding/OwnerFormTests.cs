using System.Net;
using System.Net.Http.Headers;

namespace Gateway.Tests.Onboarding;

/// <summary>Requests to a link's page that its own form did not send.</summary>
public sealed class OwnerFormTests : IAsyncLifetime
{
    private ConnectApp _app = null!;
    private Uri _link = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await ConnectApp.StartAsync();
        _link = await _app.LinkAsync("bokio");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", 400)]
    [InlineData("Sec-Fetch-Site", "same-site", 400)]
    [InlineData("Sec-Fetch-Site", "none", 400)]
    [InlineData("Sec-Fetch-Site", "same-origin", 302)]
    [InlineData("Origin", "https://evil.example", 400)]
    [InlineData("Origin", "{own}", 302)]
    [InlineData("Origin", "{own}0", 400)]
    [InlineData("Origin", "null", 302)]
    [InlineData("Accept", "text/html", 302)]
    public async Task Only_a_form_of_its_own_page_is_accepted(string header, string value, int status)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _link) { Content = new FormUrlEncodedContent([]) };
        request.Headers.TryAddWithoutValidation(
            header, value.Replace("{own}", _app.Connect.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode)status, (await _app.Browser.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Two_values_of_Sec_Fetch_Site_are_refused()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _link);
        request.Headers.Add("Sec-Fetch-Site", ["same-origin", "cross-site"]);

        Assert.Equal(HttpStatusCode.BadRequest, (await _app.Browser.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("multipart/form-data", "no boundary")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nnot a part")]
    [InlineData("application/x-www-form-urlencoded", "{long}")]
    public async Task A_malformed_form_gets_an_error_page_and_no_500(string type, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _link)
        {
            Content = new StringContent(
                body == "{long}"
                    ? "a=" + new string('x', 2_000_000)
                    : body)
            { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        };

        var answer = await _app.Browser.SendAsync(request);

        Assert.Equal((HttpStatusCode.BadRequest, "The answer makes no sense"), (answer.Status, answer.Title));
        Assert.DoesNotContain(_app.Logs.Entries, static line => line.Level >= LogLevel.Error);
    }
}
