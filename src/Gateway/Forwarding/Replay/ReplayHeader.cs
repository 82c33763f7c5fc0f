using Gateway.Credentials;
using Gateway.Observability;

namespace Gateway.Forwarding.Replay;

/// <summary>The header that tells the caller what was made of a 401.</summary>
internal static class ReplayHeader
{
    public const string Name = "Gateway-Replay";

    public static string Value(ReplayAction action) =>
        action == ReplayAction.Replayed ? GatewayTags.Word(action) : $"skipped; reason={GatewayTags.Word(action)}";
}
