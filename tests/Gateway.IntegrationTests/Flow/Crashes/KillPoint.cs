
using Gateway.Demo.Providers;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>A moment in a refresh at which a process may die, held from outside: on its leg to Redis or at the provider.</summary>
/// <param name="Name">For the table.</param>
/// <param name="IsSpent">Whether the provider has spent the grant and its answer is still under way: then, and only then, the connection is
/// lost.</param>
/// <param name="Arm">Holds the refresh of a connection there; what it returns completes when the refresh has come so far.</param>
internal sealed record KillPoint(string Name, bool IsSpent, Func<CrashScene, string, Task> Arm)
{
    // What only one command of a refresh has in it. A connection begins with generation 1.
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
