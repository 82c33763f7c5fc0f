
using Gateway.Demo.Providers;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>A step of a refresh at which a process is killed, held on its connection to Redis or at the provider.</summary>
/// <param name="Name">Shown in the table.</param>
/// <param name="IsSpent">Whether the provider has spent the grant and its answer has not arrived: only then is the connection
/// lost.</param>
/// <param name="Arm">Holds the refresh of a connection at this step; the returned task completes when the step is reached.</param>
internal sealed record KillPoint(string Name, bool IsSpent, Func<CrashScene, string, Task> Arm)
{
    // Texts that occur in only one command of a refresh. A connection begins with generation 1.
    public static IReadOnlyList<KillPoint> All { get; } =
    [
        new("begin asked for", false, static (scene, name) => scene.Hold(HoldPoint.Bytes, $"{{bokio/{name}}}:fence")),
        new("begun, not answered", false, static async (scene, name) =>
        {
            await scene.Hold(HoldPoint.Answer, $"{{bokio/{name}}}:fence");
            await scene.IntendedAsync(name);
        }),
        new("token call arrived, not spent", false, static (scene, _) => scene.HoldToken(Fault.HoldBefore)),
        new("grant spent, not answered", true, static (scene, _) => scene.HoldToken(Fault.HoldAnswer)),
        new("answer here, commit not arrived", false, static (scene, name) => scene.Hold(HoldPoint.Bytes, $"2 bokio/{name}")),
        new("committed, not answered", false, static async (scene, name) =>
        {
            await scene.Hold(HoldPoint.Answer, $"2 bokio/{name}");
            await scene.StoredAsync(name, static record => record.StartsWith("2 ", StringComparison.Ordinal));
        }),
    ];
}
