using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>What became of a compare-and-set.</summary>
/// <param name="Verdict"><see cref="RedisScripts.Written"/>, <see cref="RedisScripts.Conflict"/> or <see cref="RedisScripts.Raise"/>.</param>
/// <param name="Tombstone">The generation to rise above; 0 unless asked to.</param>
/// <param name="Record">The bytes that were, or were not, written.</param>
internal readonly record struct WriteOutcome(long Verdict, long Tombstone, RedisValue Record);
