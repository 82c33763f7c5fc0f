namespace Gateway.Store;

/// <summary>
/// What must be one step on the server. A record is <c>GENERATION FENCE JSON</c>: the scripts read the two numbers in front and never
/// look into the JSON; a record without JSON is a tombstone. Written for Lua 5.1 (Redis) and 5.4 (Garnet) alike: numbers are
/// formatted with %.0f, because the two print whole numbers differently. Changes are published by pcall: where the user may not use the
/// channel (a user of Redis 7 may use none by default) the record is written all the same, and the script must not fail then.
/// </summary>
internal static class RedisScripts
{
    /// <summary>
    /// KEYS: record. ARGV: expected generation (0: none stored), next generation, fence, next record, channel, change.
    /// Answers {<see cref="Conflict"/>|<see cref="Written"/>, 0} or {<see cref="Raise"/>, generation of the tombstone}: the JSON is sealed
    /// for its generation, so only the writer can raise it.
    /// </summary>
    public const string Write =
        """
        local generation, fence, live = 0, 0, false
        local stored = redis.call('GET', KEYS[1])
        if stored then
          local g, f, at = string.match(stored, '^(%d+) (%d+) ()')
          generation, fence, live = tonumber(g), tonumber(f), at <= #stored
        end
        local expected, nextGeneration, nextFence = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        if live then
          if generation ~= expected or fence > nextFence then return {0, 0} end
        else
          if expected ~= 0 then return {0, 0} end
          if nextGeneration <= generation then return {2, generation} end
        end
        redis.call('SET', KEYS[1], ARGV[4])
        redis.pcall('PUBLISH', ARGV[5], ARGV[6])
        return {1, 0}
        """;

    /// <summary>
    /// KEYS: record, lease. ARGV: generation, fence, record with the intent, owner, milliseconds. Answers 1 when the intent is in the record
    /// and the lease extended; 0 when the lease is somebody else's or nobody's, or the record is another one.
    /// </summary>
    public const string Intend =
        """
        if redis.call('GET', KEYS[2]) ~= ARGV[4] then return 0 end
        local stored = redis.call('GET', KEYS[1])
        if not stored then return 0 end
        local generation, fence, at = string.match(stored, '^(%d+) (%d+) ()')
        if at > #stored or tonumber(generation) ~= tonumber(ARGV[1]) or tonumber(fence) > tonumber(ARGV[2]) then return 0 end
        redis.call('SET', KEYS[1], ARGV[3])
        redis.call('PEXPIRE', KEYS[2], ARGV[5])
        return 1
        """;

    /// <summary>
    /// KEYS: record. ARGV: the record as it was read (empty: there was none), next record, channel, change (empty: nothing that others
    /// need to know). Answers 1 when nobody wrote since.
    /// </summary>
    public const string Replace =
        """
        if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2])
        if ARGV[4] ~= '' then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end
        return 1
        """;

    /// <summary>KEYS: record. ARGV: milliseconds to remember the generation, channel, change. Answers 1 when there was something to forget, also something that is no record.</summary>
    public const string Remove =
        """
        local stored = redis.call('GET', KEYS[1])
        if not stored then return 0 end
        local generation, at = string.match(stored, '^(%d+) %d+ ()')
        if generation and at > #stored then return 0 end
        redis.call('SET', KEYS[1], (generation or '0') .. ' 0 ', 'PX', ARGV[1])
        redis.pcall('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """;

    /// <summary>
    /// KEYS: lease, fence, record. ARGV: owner, milliseconds, milliseconds to remember the fence. Answers the fence, or 0 when somebody else holds the
    /// lease: an owner that did not hear the answer may ask again. The record's own fence is looked at too, in case the counter was forgotten.
    /// </summary>
    public const string TakeLease =
        """
        local holder = redis.call('GET', KEYS[1])
        if holder and holder ~= ARGV[1] then return 0 end
        local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
        local stored = redis.call('GET', KEYS[3])
        if stored then fence = math.max(fence, tonumber(string.match(stored, '^%d+ (%d+) '))) end
        fence = fence + 1
        redis.call('SET', KEYS[2], string.format('%.0f', fence), 'PX', ARGV[3])
        redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
        return fence
        """;

    /// <summary>KEYS: lease. ARGV: owner, milliseconds. Answers 1 while the owner still holds it.</summary>
    public const string RenewLease =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('PEXPIRE', KEYS[1], ARGV[2])
        """;

    /// <summary>KEYS: lease. ARGV: owner. Answers 1 when the lease was the owner's and is gone.</summary>
    public const string ReleaseLease =
        """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        return redis.call('DEL', KEYS[1])
        """;

    public const long Conflict = 0;

    public const long Written = 1;

    public const long Raise = 2;
}
