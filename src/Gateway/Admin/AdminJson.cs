using System.Text.Json;
using System.Text.Json.Serialization;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Serializers of the operators' API. A body with an unknown or repeated member is refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ConnectionInput))]
[JsonSerializable(typeof(ConnectionPage))]
[JsonSerializable(typeof(ConnectionView))]
[JsonSerializable(typeof(IReadOnlyList<ProviderView>))]
[JsonSerializable(typeof(IReadOnlyList<RouteView>))]
[JsonSerializable(typeof(IReadOnlyList<StoreKey>))]
[JsonSerializable(typeof(VerificationView))]
[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class AdminJson : JsonSerializerContext;
