using System.Text.Json.Serialization;

namespace Gateway.Tokens.Circuit;

/// <summary>An alarm as instances tell it to each other.</summary>
/// <param name="Client">Fingerprint of the client configuration that was refused: it says nothing about another one.</param>
/// <param name="Alarm">What holds.</param>
internal sealed record SharedAlarm(string Client, ProviderAlarm Alarm);

[JsonSerializable(typeof(SharedAlarm))]
internal sealed partial class SharedAlarmJson : JsonSerializerContext;
