using System.Text.Json.Serialization;

using Gateway.Store.Journal;
using Gateway.Store.Records;

namespace Gateway.Store;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RecordBody))]
[JsonSerializable(typeof(JournalBody))]
internal sealed partial class StoreJson : JsonSerializerContext;
