using System.Text.Json.Serialization;

namespace Gateway.Store;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RecordBody))]
[JsonSerializable(typeof(JournalBody))]
internal sealed partial class StoreJson : JsonSerializerContext;
