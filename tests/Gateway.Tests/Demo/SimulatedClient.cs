using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

/// <summary>A plain HTTP client for a simulated provider.</summary>
internal static class SimulatedClient
{
    public static CancellationToken Deadline => TestContext.Current.CancellationToken;

    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectCallback = LoopbackNames.ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate?.GetCertHashString() == LoopbackCertificate.Current.GetCertHashString(),
        },
    });

    public static async Task<TokenAnswer> TokenAsync(
        this HttpClient http, Uri endpoint, RegisteredClient? basic, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        if (basic is not null)
        {
            var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{basic.Id}:{basic.Secret}"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", pair);
        }

        using var response = await http.SendAsync(request, Deadline);
        return new TokenAnswer((int)response.StatusCode, await response.JsonAsync());
    }

    public static Task<HttpResponseMessage> GetAsync(this HttpClient http, Uri host, string path, string? bearer) =>
        http.CallAsync(HttpMethod.Get, new Uri(host, path), bearer);

    public static async Task<HttpResponseMessage> CallAsync(
        this HttpClient http, HttpMethod method, Uri address, string? bearer, HttpContent? content = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content };
        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, Deadline);
    }

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) =>
        (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync(Deadline))!;

    /// <summary>Sends raw bytes and reads until the other side has answered and closed.</summary>
    public static async Task<string> RawAsync(Uri host, string text)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(host.Host, host.Port, Deadline);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), Deadline);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(Deadline);
    }

    /// <summary>Sends raw bytes, reads one status line and disconnects.</summary>
    public static async Task<string?> RawStatusAsync(Uri host, string text)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(host.Host, host.Port, Deadline);
        await tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text), Deadline);
        using var reader = new StreamReader(tcp.GetStream(), Encoding.Latin1);
        return await reader.ReadLineAsync(Deadline);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}

internal sealed record TokenAnswer(int Status, JsonObject Json)
{
    public string AccessToken => (string)Json["access_token"]!;

    public string RefreshToken => (string)Json["refresh_token"]!;

    public string? Error => (string?)Json["error"];
}
