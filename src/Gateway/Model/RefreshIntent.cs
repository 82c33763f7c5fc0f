using System.Security.Cryptography;
using System.Text;

namespace Gateway.Model;

/// <summary>
/// Written into the record before a grant is presented that the call may spend, and taken out by the write that says how the call ended.
/// One that is found while nobody holds the lease was left by a process that died, or stands still, between those two writes.
/// </summary>
/// <param name="Attempt">Random, 128 bits: which attempt.</param>
/// <param name="Instance">Who made it, for people.</param>
/// <param name="Spent">A digest of the grant presented. Stored sealed, as every secret is, so that it can't be tried against guesses.</param>
/// <param name="Since">When this grant was first about to be spent; kept by those who present it again, so that the provider's grace is not stretched.</param>
public sealed record RefreshIntent(string Attempt, string Instance, Secret Spent, DateTimeOffset Since)
{
    /// <summary>One that follows <paramref name="earlier"/>, when there is one, with the same grant.</summary>
    public static RefreshIntent Of(Grant grant, string instance, RefreshIntent? earlier, DateTimeOffset now) =>
        new(RandomNumberGenerator.GetHexString(32, lowercase: true), instance, DigestOf(grant), earlier?.Since ?? now);

    /// <summary>True when <paramref name="grant"/> is the one that was presented.</summary>
    public bool Spends(Grant grant) => Spent == DigestOf(grant);

    private static Secret DigestOf(Grant grant) =>
        new(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(grant.RefreshToken.Reveal()))));
}
