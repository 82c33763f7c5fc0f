using System.Web;

using Microsoft.Playwright;

namespace Gateway.IntegrationTests.Browser;

/// <summary>Checks what the browser sent to other origins.</summary>
internal static class BrowserPrivacy
{
    /// <summary>
    /// The gateway's pages load nothing from other origins, send no Referer, and leave no code, state or key in the history.
    /// </summary>
    public static async Task AssertAsync(Visit visit, Uri connect, Uri link)
    {
        var requests = visit.Requests;
        var callback = requests.Single(static request => Path(request).StartsWith("/callback/", StringComparison.Ordinal));
        var query = HttpUtility.ParseQueryString(new Uri(callback.Url).Query);
        var secrets = new[] { query["code"], query["state"], query["apiKey"], link.Segments[^1] }.OfType<string>().ToList();
        Assert.InRange(secrets.Count, 3, 4);

        foreach (var request in requests.SkipWhile(request => request != callback).Skip(1))
        {
            Assert.Empty(new Uri(request.Url).Query);
            Assert.DoesNotContain(secrets, secret => request.Url.Contains(secret, StringComparison.Ordinal));
        }

        foreach (var request in requests)
        {
            // A provider's pages may send a Referer to their own origin; the gateway's pages send none.
            var referrer = (await request.AllHeadersAsync()).GetValueOrDefault("referer", "");
            Assert.DoesNotContain(connect.Authority, referrer, StringComparison.Ordinal);
            Assert.DoesNotContain(
                secrets, secret =>
                    new Uri(request.Url).Authority == connect.Authority && referrer.Contains(secret, StringComparison.Ordinal));
        }

        Assert.Contains(requests, static request => request.ResourceType == "stylesheet");
        Assert.All(
            requests.Where(static request => !request.IsNavigationRequest),
            request => Assert.Equal(connect.Authority, new Uri(request.Url).Authority));
        Assert.Empty(visit.Complaints);
        Assert.All(await visit.Context.CookiesAsync(), static cookie =>
        {
            Assert.Matches("^connect-[0-9a-f]{16}$", cookie.Name);
            Assert.True(cookie.HttpOnly);
            Assert.InRange(cookie.Expires, 0, TimeProvider.System.GetUtcNow().AddMinutes(10).ToUnixTimeSeconds() + 1);
        });
    }

    private static string Path(IRequest request) => new Uri(request.Url).AbsolutePath;
}
