using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using WireMock.Types;
using WireMock.Util;

namespace WireMock;

/// <inheritdoc />
internal sealed class RequestMessage : IRequestMessage
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private RequestMessage(HttpContext context, byte[] body)
    {
        var request = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        Protocol = request.Scheme;
        Host = request.Host.Host;
        Port = request.Host.Port ?? context.Connection.LocalPort;
        AbsoluteUrl = target.StartsWith('/') ? $"{request.Scheme}://{request.Host}{target}" : target;
        RawQuery = target.IndexOf('?', StringComparison.Ordinal) is >= 0 and var mark ? target[mark..] : "";
        Path = request.Path.Value ?? "";
        Method = request.Method;
        HttpVersion = request.Protocol.Replace("HTTP/", "", StringComparison.Ordinal);
        ClientIP = context.Connection.RemoteIpAddress?.ToString() ?? "";
        Headers = request.Headers.ToDictionary(header => header.Key, header => Values(header.Value), StringComparer.Ordinal);
        Cookies = request.Cookies.ToDictionary(StringComparer.Ordinal);
        Query = ReadQuery(RawQuery);
        BodyData = body.Length == 0 ? null : ReadBody(body, request.HasFormContentType);
    }

    public string ClientIP { get; }

    public string Url => AbsoluteUrl;

    public string AbsoluteUrl { get; }

    public DateTime DateTime { get; } = DateTime.UtcNow;

    public string Path { get; }

    public string AbsolutePath => Path;

    public string[] PathSegments => [.. Path.Split('/').Skip(1)];

    public string Method { get; }

    public string HttpVersion { get; }

    public IDictionary<string, WireMockList<string>> Headers { get; }

    public IDictionary<string, string> Cookies { get; }

    public IDictionary<string, WireMockList<string>> Query { get; }

    public string RawQuery { get; }

    public IBodyData? BodyData { get; }

    public string? Body => BodyData?.BodyAsString;

    public byte[]? BodyAsBytes => BodyData?.BodyAsBytes;

    public string Host { get; }

    public string Protocol { get; }

    public int Port { get; }

    public string Origin => $"{Protocol}://{Host}:{Port}";

    public static async Task<RequestMessage> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return new RequestMessage(context, body.ToArray());
    }

    public WireMockList<string>? GetParameter(string key, bool ignoreCase = false)
    {
        var comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return Query.FirstOrDefault(parameter => parameter.Key.Equals(key, comparison)).Value;
    }

    private static WireMockList<string> Values(IEnumerable<string?> values) => new(values.Select(value => value ?? ""));

    // Not QueryHelpers: a dictionary that ignores case would hide that two parameters were sent.
    private static Dictionary<string, WireMockList<string>> ReadQuery(string query)
    {
        var parameters = new Dictionary<string, WireMockList<string>>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName().ToString();
            if (!parameters.TryGetValue(name, out var values))
            {
                parameters.Add(name, values = []);
            }

            values.Add(pair.DecodeValue().ToString());
        }

        return parameters;
    }

    private static BodyData ReadBody(byte[] bytes, bool isForm)
    {
        var text = TextOf(bytes);
        isForm &= text is not null;
        return new BodyData
        {
            BodyAsBytes = bytes,
            BodyAsString = text,
            BodyAsFormUrlEncoded = isForm
                ? ReadQuery(text!).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal)
                : null,
            Encoding = text is null ? null : Utf8,
            DetectedBodyType = isForm ? BodyType.FormUrlEncoded : text is null ? BodyType.Bytes : BodyType.String,
        };
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
