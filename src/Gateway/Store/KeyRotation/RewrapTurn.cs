using System.Security.Cryptography;

using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.KeyRotation;

/// <summary>A lease on the walk over all records. It only saves work: two instances at once would do the same thing twice.</summary>
internal sealed class RewrapTurn(RedisCalls calls)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private readonly RedisValue _owner = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public ValueTask<bool> TryTakeAsync(CancellationToken cancellationToken) => calls.RunAsync(
        "lease", db => db.StringSetAsync(RedisKeys.Rewrapping, _owner, Length, When.NotExists), cancellationToken, static taken => !taken);

    public ValueTask<bool> RenewAsync(CancellationToken cancellationToken) =>
        RunAsync("renew", RedisScripts.RenewLease, [_owner, (long)Length.TotalMilliseconds], cancellationToken);

    public ValueTask<bool> ReleaseAsync(CancellationToken cancellationToken) =>
        RunAsync("release", RedisScripts.ReleaseLease, [_owner], cancellationToken);

    private ValueTask<bool> RunAsync(string operation, string script, RedisValue[] arguments, CancellationToken cancellationToken) => calls.RunAsync(
        operation, async db => (bool)await db.ScriptEvaluateAsync(script, [RedisKeys.Rewrapping], arguments), cancellationToken, static held => !held);
}
