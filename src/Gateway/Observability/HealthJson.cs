using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Observability;

/// <summary>The probes' JSON, generated.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(HealthReport))]
internal sealed partial class HealthJson : JsonSerializerContext;
