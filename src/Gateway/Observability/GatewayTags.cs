namespace Gateway.Observability;

/// <summary>Names of the tags of metrics and spans.</summary>
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
}
