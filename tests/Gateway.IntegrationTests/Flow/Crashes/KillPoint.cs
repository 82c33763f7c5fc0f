using System.Security.Cryptography;
using System.Text;

using Gateway.Demo.Providers;
using Gateway.Store;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>A moment in a refresh at which a process may die, held from outside: on its leg to Redis or at the provider.</summary>
/// <param name="Name">For the table.</param>
/// <param name="MayLose">Whether the grant may be spent without an answer having arrived: then, and only then, it may be lost.</param>
/// <param name="Arm">Holds the refresh of a connection there; what it returns completes when the refresh has come so far.</param>
internal sealed record KillPoint(string Name, bool MayLose, Func<CrashScene, string, Task> Arm)
{
    // What only one command of a refresh has in it. A connection begins with generation 1; the client sends a script as text once, then by hash.
    public static IReadOnlyList<KillPoint> All { get; } =
    [
        new("lease asked for", false, static (scene, name) => scene.Hold(HoldPoint.Bytes, $"{{bokio/{name}}}:fence")),
        new("intent asked for", false, static (scene, _) => scene.Hold(HoldPoint.Bytes, Intent)),
        new("intent stored, not answered", true, static async (scene, name) =>
        {
            await scene.Hold(HoldPoint.Answer, Intent);
            await scene.StoredAsync(name, static record => record.Contains(Intent, StringComparison.Ordinal));
        }),
        new("token call arrived, not committed", true, static (scene, _) => scene.HoldToken(Fault.HoldBefore)),
        new("rotation committed, not answered", true, static (scene, _) => scene.HoldToken(Fault.HoldAnswer)),
        new("answer here, write not arrived", false, static (scene, name) => scene.Hold(HoldPoint.Bytes, $"2 bokio/{name}")),
        new("written, not answered", false, static async (scene, name) =>
        {
            await scene.Hold(HoldPoint.Answer, $"2 bokio/{name}");
            await scene.StoredAsync(name, static record => record.StartsWith("2 ", StringComparison.Ordinal));
        }),
        new("lease not given back", false, static (scene, _) => scene.Hold(HoldPoint.Bytes, "return redis.call('DEL', KEYS[1])", Sha(RedisScripts.ReleaseLease))),
    ];

    private const string Intent = "\"intent\":{\"attempt\"";

    private static string Sha(string script) => Convert.ToHexStringLower(HashOf(script));

#pragma warning disable CA5350 // Redis names scripts by their SHA-1.
    private static byte[] HashOf(string script) => SHA1.HashData(Encoding.UTF8.GetBytes(script));
#pragma warning restore CA5350
}
