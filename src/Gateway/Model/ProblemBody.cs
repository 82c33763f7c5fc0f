using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Model;

/// <summary>The body of an answer that the gateway made itself (RFC 9457); every member is there, null where the request did not come that far.</summary>
[Description("A refusal (RFC 9457). The code is stable, title and detail are for people.")]
internal sealed record ProblemBody(
    string Type, string Title, int Status, string Detail, string Code, string? Provider, string? Connection, string? TraceId)
{
    public const string ContentType = "application/problem+json";

    /// <summary>The response header that carries the code, so that a caller need not read the body.</summary>
    public const string CodeHeader = "Gateway-Error";

    public static string TypeOf(string code) => $"urn:gateway:problem:{code}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext;
