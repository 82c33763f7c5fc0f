using System.Security.Cryptography;
using System.Text;

using Gateway.Demo.Providers;
using Gateway.Store;
using Gateway.Tests.Infrastructure.TcpFaults;

namespace Gateway.Tests.Flow.Crashes;

/// <summary>A moment in a refresh at which a process may die, held from outside: on its leg to Redis or at the provider.</summary>
/// <param name="Name">For the table.</param>
/// <param name="HasAnswer">Whether the provider's answer had arrived in the process: then nothing may be lost.</param>
/// <param name="HasIntent">Whether the intent was stored: before that, nothing was spent.</param>
/// <param name="Arm">Holds the next refresh there; what it returns completes when one has come so far.</param>
internal sealed record KillPoint(string Name, bool HasAnswer, bool HasIntent, Func<CrashScene, Task> Arm)
{
    public static IReadOnlyList<KillPoint> All { get; } =
    [
        new("lease asked for", false, false, static scene => scene.Hold(Sha(RedisScripts.TakeLease), HoldPoint.Bytes)),
        new("intent asked for", false, false, static scene => scene.Hold(Sha(RedisScripts.Intend), HoldPoint.Bytes)),
        new("intent stored, not answered", false, true, static scene => scene.Hold(Sha(RedisScripts.Intend), HoldPoint.Answer)),
        new("token call arrived, not committed", false, true, static scene => scene.HoldToken(Fault.HoldBefore)),
        new("rotation committed, not answered", false, true, static scene => scene.HoldToken(Fault.HoldAnswer)),
        new("answer here, write not arrived", true, true, static scene => scene.Hold(Sha(RedisScripts.Write), HoldPoint.Bytes)),
        new("written, not answered", true, true, static scene => scene.Hold(Sha(RedisScripts.Write), HoldPoint.Answer)),
        new("lease not given back", true, true, static scene => scene.Hold(Sha(RedisScripts.ReleaseLease), HoldPoint.Bytes)),
    ];

    // How Redis knows a script, and so what the wire carries. The protocol's own hash, no secret of ours.
    private static string Sha(string script) => Convert.ToHexStringLower(HashOf(script));

#pragma warning disable CA5350 // Redis names scripts by their SHA-1.
    private static byte[] HashOf(string script) => SHA1.HashData(Encoding.UTF8.GetBytes(script));
#pragma warning restore CA5350
}
