using System.ComponentModel;

namespace Gateway.Admin;

/// <summary>A failed refresh as operators see it.</summary>
/// <param name="Reason">A word of a closed set, never the provider's own text.</param>
/// <param name="At">When it failed.</param>
/// <param name="Attempts">Failures in a row.</param>
/// <param name="RetryAt">When the next try may be; null when only an operator can help.</param>
/// <param name="Outcome"><c>permanent</c>, <c>transient</c> or <c>configuration</c>.</param>
[Description("Why the last refresh failed.")]
internal sealed record RefreshErrorView(
    [property: Description("A word of a closed set, such as invalid_grant, timeout or http_503.")] string Reason,
    DateTimeOffset At,
    [property: Description("Failures in a row.")] int Attempts,
    [property: Description("No instance tries before; null when only an operator can help.")] DateTimeOffset? RetryAt,
    [property: Description("permanent, transient or configuration")] string Outcome);
