namespace Gateway.Store.Renewals;

/// <summary>What must be one step on the server when renewals are handed out; for Lua 5.1 and 5.4 alike, as <see cref="RedisScripts"/>.</summary>
internal static class RenewalScripts
{
    /// <summary>
    /// The member that says that the index is complete, and until when: without it, the index was never built or was lost, and a sweep is
    /// due. It goes with the key, and its negative score keeps it out of every range of moments. No connection's name has a slash.
    /// </summary>
    public const string Sweep = "/";

    /// <summary>
    /// KEYS: due. ARGV: now, end of the claim, how many at most. Answers {1 when this caller is to sweep, the first moment left or -1, name…}.
    /// The first moment is asked for by its place, behind the sweep's: Garnet copies a whole range of scores before it applies a LIMIT.
    /// </summary>
    public const string Claim =
        """
        local sweeps, sweep = 0, redis.call('ZSCORE', KEYS[1], '/')
        if not sweep or -tonumber(sweep) <= tonumber(ARGV[1]) then
          redis.call('ZADD', KEYS[1], '-' .. ARGV[2], '/')
          sweeps = 1
        end
        local names = redis.call('ZRANGEBYSCORE', KEYS[1], '0', ARGV[1], 'LIMIT', '0', ARGV[3])
        for i = 1, #names do redis.call('ZADD', KEYS[1], ARGV[2], names[i]) end
        local first = redis.call('ZRANGE', KEYS[1], '1', '1', 'WITHSCORES')
        local answer = {sweeps, '-1'}
        if first[2] then answer[2] = string.format('%.0f', tonumber(first[2])) end
        for i = 1, #names do answer[i + 2] = names[i] end
        return answer
        """;
}
