using Gateway.Model;

namespace Gateway.Observability;

/// <summary>Names of tags, and the values of their closed sets for metrics, spans and the header <c>Gateway-Replay</c>.</summary>
public static class GatewayTags
{
    public const string Provider = "provider";
    public const string Source = "source";
    public const string Trigger = "trigger";
    public const string Outcome = "outcome";
    public const string Action = "action";
    public const string Code = "code";
    public const string Operation = "operation";
    public const string Status = "status";
    public const string Key = "key";
    public const string Route = "route";
    public const string Signal = "signal";
    public const string Reason = "reason";

    public static string ToTagValue(CredentialSource source) => source switch
    {
        CredentialSource.Memory => "memory",
        CredentialSource.Store => "store",
        CredentialSource.Refresh => "refresh",
        _ => "failed",
    };

    public static string ToTagValue(RefreshTrigger trigger) => trigger switch
    {
        RefreshTrigger.Expiry => "expiry",
        RefreshTrigger.Rejected => "rejected",
        _ => "manual",
    };

    public static string ToTagValue(RefreshOutcome outcome) => outcome switch
    {
        RefreshOutcome.Success => "success",
        RefreshOutcome.Adopted => "adopted",
        RefreshOutcome.Permanent => "permanent",
        RefreshOutcome.Transient => "transient",
        _ => "configuration",
    };

    public static string ToTagValue(ReplayAction action) => action switch
    {
        ReplayAction.Replayed => "replayed",
        ReplayAction.Method => "method",
        ReplayAction.Body => "body",
        ReplayAction.RefreshFailed => "refresh-failed",
        ReplayAction.FreshToken => "fresh-token",
        ReplayAction.Static => "static",
        _ => "disabled",
    };
}
