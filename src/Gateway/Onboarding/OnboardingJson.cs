using System.Text.Json.Serialization;

using Gateway.Onboarding.Callback;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;

namespace Gateway.Onboarding;

/// <summary>What is kept between two requests of a browser, and what operators send and get.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ConnectLink))]
[JsonSerializable(typeof(PendingConsent))]
[JsonSerializable(typeof(ConnectionSummary))]
[JsonSerializable(typeof(Outcome))]
internal sealed partial class OnboardingJson : JsonSerializerContext;
