using System.Net;
using System.Text.RegularExpressions;

using Gateway.Demo.Providers;

namespace Gateway.Testing;

/// <summary>A browser without scripts, with a cookie jar of its own and the addresses that it visited.</summary>
internal sealed partial class OwnerBrowser : IDisposable
{
    private readonly SocketsHttpHandler _handler =
        new() { AllowAutoRedirect = false, UseProxy = false, ConnectCallback = LoopbackNames.ConnectAsync };
    private readonly HttpClient _http;

    public OwnerBrowser() => _http = new HttpClient(_handler);

    public List<Uri> Visited { get; } = [];

    public CookieContainer Cookies => _handler.CookieContainer;

    public async Task<Answer> GetAsync(Uri address) => await SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    public async Task<Answer> PostAsync(Uri address, params (string Name, string Value)[] form) =>
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(form.Select(static field => KeyValuePair.Create(field.Name, field.Value))),
        });

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            Visited.Add(request.RequestUri!);
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            var target = response.Headers.Location is { } location ? new Uri(request.RequestUri!, location) : null;
            return new Answer(
                response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), target,
                $"{response.Headers}{response.Content.Headers}");
        }
    }

    /// <summary>Follows redirects until a page is answered.</summary>
    public async Task<Answer> ArriveAsync(Answer answer)
    {
        while (answer.Target is { } target)
        {
            answer = await GetAsync(target);
        }

        return answer;
    }

    public void Dispose() => _http.Dispose();

    /// <param name="Status">The status of the answer.</param>
    /// <param name="Body">As text.</param>
    /// <param name="Target">Where a redirection leads; null for a page.</param>
    /// <param name="Headers">As text.</param>
    internal sealed record Answer(HttpStatusCode Status, string Body, Uri? Target, string Headers)
    {
        public string Title => TitleElement().Match(Body).Groups["text"].Value;

        public string Header(string name) =>
            Headers.Split('\n').Select(static line => line.Trim())
                .FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..] ?? "";
    }

    [GeneratedRegex("<h1>(?<text>[^<]*)</h1>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TitleElement();
}
