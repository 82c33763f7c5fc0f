using System.Text.Json.Serialization;

namespace Gateway.Observability;

/// <summary>A probe's answer.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unready</c>.</param>
/// <param name="Reasons">Why not; left out when there is nothing to say.</param>
/// <param name="Warnings">What is amiss beside that; left out likewise.</param>
internal sealed record HealthReport(
    string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Reasons = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null);
