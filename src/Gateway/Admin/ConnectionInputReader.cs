using System.Text.Json;

namespace Gateway.Admin;

/// <summary>Reads the body of a PUT. It is full of secrets, so a refusal says what belongs there and never what was there.</summary>
internal static class ConnectionInputReader
{
    /// <summary>Bytes; a connection's secrets are a few hundred.</summary>
    public const int MaxLength = 64 * 1024;

    private const string Shape =
        "The body must be one JSON object with no other members than fields, refreshToken, accessToken, expiresIn and scope, each at most once: "
        + "strings, expiresIn a number, scope a string or an array of strings, fields an object of strings.";

    public static async Task<(ConnectionInput? Input, AdminProblem? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxLength)
        {
            return (null, AdminProblem.TooLarge(MaxLength));
        }

        var body = new byte[MaxLength + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaxLength)
        {
            return (null, AdminProblem.TooLarge(MaxLength));
        }

        var input = Parse(body.AsSpan(0, length));
        return (input, input is null ? AdminProblem.BadRequest(Shape) : null);
    }

    private static ConnectionInput? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, AdminJson.Default.ConnectionInput);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
