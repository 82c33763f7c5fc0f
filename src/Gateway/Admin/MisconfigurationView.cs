using System.ComponentModel;

namespace Gateway.Admin;

/// <summary>A provider's refusal of the gateway as its client.</summary>
[Description("The provider refuses the gateway's own client credentials; its connections keep their tokens.")]
internal sealed record MisconfigurationView(
    [property: Description("When it began.")] DateTimeOffset Since,
    [property: Description("The provider's OAuth error, such as invalid_client.")] string Reason,
    [property: Description("When the token endpoint is asked again, by any instance.")] DateTimeOffset RetryAt);
