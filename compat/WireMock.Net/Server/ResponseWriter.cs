using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using WireMock.ResponseBuilders;
using WireMock.Types;
using WireMock.Util;

namespace WireMock.Server;

/// <summary>Sends what was decided.</summary>
internal static class ResponseWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonSerializerOptions Indented = new(Json) { WriteIndented = true };

    public static async Task WriteAsync(HttpResponse response, IResponseMessage message)
    {
        var body = Bend(BytesOf(message.BodyData), message);
        response.StatusCode = StatusOf(message.StatusCode);
        foreach (var (name, values) in message.Headers ?? new Dictionary<string, WireMockList<string>>(StringComparer.Ordinal))
        {
            // The body's own length is what counts, if there is one.
            if (body is null || !name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                response.Headers[name] = values.ToArray();
            }
        }

        if (body is not null)
        {
            await response.Body.WriteAsync(body, response.HttpContext.RequestAborted);
        }
    }

    private static int StatusOf(object? status) => status switch
    {
        null => StatusCodes.Status200OK,
        string text => int.Parse(text, CultureInfo.InvariantCulture),
        _ => Convert.ToInt32(status, CultureInfo.InvariantCulture),
    };

    private static byte[]? BytesOf(IBodyData? body) => body?.DetectedBodyType switch
    {
        BodyType.Bytes => body.BodyAsBytes,
        BodyType.Json => Encode(body, JsonSerializer.Serialize(body.BodyAsJson, body.BodyAsJsonIndented == true ? Indented : Json)),
        BodyType.String or BodyType.FormUrlEncoded => Encode(body, body.BodyAsString ?? ""),
        _ => null,
    };

    private static byte[] Encode(IBodyData body, string text) => (body.Encoding ?? Encoding.UTF8).GetBytes(text);

    private static byte[]? Bend(byte[]? body, IResponseMessage message)
    {
#pragma warning disable CA5394 // Chance of a fault, no secret.
        if (message.FaultPercentage is { } chance && Random.Shared.NextDouble() > chance)
#pragma warning restore CA5394
        {
            return body;
        }

        return message.FaultType switch
        {
            FaultType.EMPTY_RESPONSE => [],
            FaultType.MALFORMED_RESPONSE_CHUNK => [.. (body ?? []).Take((body?.Length ?? 0) / 2), .. RandomNumberGenerator.GetBytes(64)],
            _ => body,
        };
    }
}
