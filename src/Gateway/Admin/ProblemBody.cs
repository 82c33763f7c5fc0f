using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Gateway.Admin;

/// <summary>The JSON of a refusal; what is not known is left out.</summary>
[Description("A refusal (RFC 9457). The code is stable, title and detail are for people.")]
internal sealed class ProblemBody
{
    public required string Type { get; init; }

    public required string Title { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }

    public required string Code { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Provider { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Connection { get; init; }

    public required string TraceId { get; init; }
}
