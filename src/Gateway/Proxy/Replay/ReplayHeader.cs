using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Proxy.Replay;

/// <summary>The header that tells the caller what was made of a 401.</summary>
internal static class ReplayHeader
{
    public const string Name = "Gateway-Replay";

    public static string Value(ReplayAction action) =>
        action == ReplayAction.Replayed ? GatewayTags.ToTagValue(action) : $"skipped; reason={GatewayTags.ToTagValue(action)}";
}
