using Gateway.Model;

namespace Gateway.Store;

/// <summary>
/// What must be one step on the server. A record is <c>GENERATION FENCE TOKENGENERATION USABLE_UNTIL RETRY_AT JSON</c>: the scripts read
/// the numbers in front and never look into the JSON. Older versions wrote no more than the first two numbers. A record without JSON is a
/// tombstone. A lease is <c>INSTANCE/ATTEMPT</c>. An intent is <c>ATTEMPT INSTANCE SINCE FIRST_SINCE GENERATION</c>, followed by <c>|</c>
/// and the intent that it took over, if any. Times are unix milliseconds of the caller's clock.
/// </summary>
/// <remarks>
/// Written for Lua 5.1 (Redis) and 5.4 (Garnet) alike: numbers are formatted with %.0f, because the two print whole numbers differently.
/// Changes are published by pcall: where the user may not use the channel (a user of Redis 7 may use none by default) the record is written
/// all the same, and the script must not fail then.
/// </remarks>
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
    /// The first step of a refresh. KEYS: record, lease, fence, intent, denied, bucket. ARGV: now, instance, attempt, milliseconds of the
    /// lease, milliseconds to remember the fence, token generation that no longer does, flags (c: also when nothing is stored; l: look
    /// only; m: manual; i: insist; n: no intent), reuse grace, interrupted wait, dead instance, path of the 401 (empty for another cause),
    /// milliseconds a path is denied, milliseconds that refill one token of the bucket, its size, most denied paths. Answers {state,
    /// record, …} with a state of <see cref="BeginState"/> by number. An attempt that did not hear the answer may ask again: it has the
    /// lease already, and is not debited twice.
    /// </summary>
    public const string Begin =
        """
        local now, instance, attempt, asked, flags = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[6]), ARGV[7]
        local dead, path = ARGV[10], ARGV[11]
        local function has(flag) return string.find(flags, flag, 1, true) ~= nil end
        local function digits(number) return string.format('%.0f', number) end

        -- What is stored, and whether that is answer enough.
        local stored = redis.call('GET', KEYS[1]) or ''
        local g, f, at = string.match(stored, '^(%d+) (%d+) ()')
        local live = g and at <= #stored
        if not live and (stored ~= '' and not g or not has('c')) then return {0, stored} end
        local generation, fence = tonumber(g or '0'), tonumber(f or '0')
        local token, usable, retry = string.match(stored, '^%d+ %d+ (%d+) (%d+) (%d+) ')

        -- A path that new tokens do not help. Also one whose own 401 brought the present token, unless that token has helped it.
        if path ~= '' then
          local denied = redis.call('ZSCORE', KEYS[5], path)
          if denied and tonumber(denied) > now then return {4, '', digits(tonumber(denied) - now)} end
          local cause = redis.call('HMGET', KEYS[6], 'path', 'generation', 'since')
          if token and cause[1] == path and asked == tonumber(token) and asked > tonumber(cause[2])
            and now < tonumber(cause[3]) + tonumber(ARGV[12]) then
            redis.call('ZADD', KEYS[5], digits(now + tonumber(ARGV[12])), path)
            local more = redis.call('ZCARD', KEYS[5]) - tonumber(ARGV[15])
            if more > 0 then redis.call('ZREMRANGEBYRANK', KEYS[5], '0', digits(more - 1)) end
            redis.call('PEXPIRE', KEYS[5], ARGV[12])
            return {4, '', ARGV[12]}
          end
        end

        if token and not has('i') then
          if tonumber(token) > asked and tonumber(usable) > now then return {0, stored} end
          if tonumber(retry) > now and not has('m') then return {0, stored} end
        end
        if has('l') then return {0, stored} end

        -- One attempt at a time.
        local own, holder = instance .. '/' .. attempt, redis.call('GET', KEYS[2])
        if holder and holder ~= own and (dead == '' or string.match(holder, '^([^/]*)/') ~= dead) then return {2, stored, holder} end

        -- An intent of another instance without an end: its answer may still come.
        local earlier, first = '', now
        if not has('n') then
          local open = redis.call('GET', KEYS[4]) or ''
          local by, who, since, begun, of = string.match(open, '^(%S+) (%S+) (%d+) (%d+) (%d+)')
          if by and tonumber(of) == generation then
            if by == attempt then
              earlier = string.match(open, '|(.*)$') or ''
              first = tonumber(begun)
            else
              local waits = who ~= instance and who ~= dead and not has('m')
              if waits and now >= tonumber(begun) + tonumber(ARGV[8])
                and now < tonumber(since) + tonumber(ARGV[9]) then return {3, stored, open} end
              earlier = string.match(open, '^[^|]*')
              first = tonumber(begun)
            end
          end
        end

        -- A refresh because of a 401 costs a token of the bucket; the level is kept in milliseconds of refill.
        if path ~= '' and holder ~= own then
          local refill, most = tonumber(ARGV[13]), tonumber(ARGV[13]) * tonumber(ARGV[14])
          local bucket = redis.call('HMGET', KEYS[6], 'level', 'at')
          local level = tonumber(bucket[1] or digits(most))
          level = math.min(most, level + math.max(0, now - tonumber(bucket[2] or digits(now))))
          if level < refill then return {5, stored} end
          redis.call('HSET', KEYS[6], 'level', digits(level - refill), 'at', digits(now), 'path', path, 'generation', digits(asked),
            'since', digits(now))
          redis.call('PEXPIRE', KEYS[6], digits(math.max(most, tonumber(ARGV[12]))))
        end

        fence = math.max(fence, tonumber(redis.call('GET', KEYS[3]) or '0')) + 1
        redis.call('SET', KEYS[3], digits(fence), 'PX', ARGV[5])
        redis.call('SET', KEYS[2], own, 'PX', ARGV[4])

        -- Not before a SET: after any write of a script, Redis lets the others pass although its memory is full.
        if path == '' then redis.call('HDEL', KEYS[6], 'path') end
        if not has('n') then
          local intent = attempt .. ' ' .. instance .. ' ' .. digits(now) .. ' ' .. digits(first) .. ' ' .. digits(generation)
          if earlier ~= '' then intent = intent .. '|' .. earlier end
          redis.call('SET', KEYS[4], intent)
        end
        return {1, stored, digits(fence), earlier}
        """;

    /// <summary>
    /// The second step of a refresh. KEYS: record, lease, intent. ARGV: expected generation (0: none stored), next generation, fence, next
    /// record, channel, change, instance, attempt, flags (o: only as the owner of lease or intent; k: keep the intent that was taken over).
    /// Answers as
    /// <see cref="Write"/>, and with the record after a conflict.
    /// </summary>
    public const string Commit =
        """
        local own, attempt = ARGV[7] .. '/' .. ARGV[8], ARGV[8]
        local stored = redis.call('GET', KEYS[1]) or ''
        local open = redis.call('GET', KEYS[3]) or ''
        local holds, intends = redis.call('GET', KEYS[2]) == own, string.match(open, '^%S+') == attempt
        local generation, fence, live = 0, 0, false
        if stored ~= '' then
          local g, f, at = string.match(stored, '^(%d+) (%d+) ()')
          generation, fence, live = tonumber(g), tonumber(f), at <= #stored
        end
        local expected, nextGeneration = tonumber(ARGV[1]), tonumber(ARGV[2])
        if string.find(ARGV[9], 'o', 1, true) and not holds and not intends then return {0, 0, stored} end
        if live then
          if generation ~= expected or fence > tonumber(ARGV[3]) then return {0, 0, stored} end
        else
          if expected ~= 0 then return {0, 0, ''} end
          if nextGeneration <= generation then return {2, string.format('%.0f', generation), ''} end
        end
        redis.call('SET', KEYS[1], ARGV[4])
        if holds then redis.call('DEL', KEYS[2]) end
        if intends then
          local earlier = string.find(ARGV[9], 'k', 1, true) and string.match(open, '|(.*)$')
          if earlier then redis.call('SET', KEYS[3], earlier) else redis.call('DEL', KEYS[3]) end
        end
        redis.pcall('PUBLISH', ARGV[5], ARGV[6])
        return {1, 0, ''}
        """;

    /// <summary>
    /// KEYS: lease, intent. ARGV: instance, attempt. Answers 1 when something of this attempt was there and is gone. An intent that it took
    /// over from another instance is open again.
    /// </summary>
    public const string Release =
        """
        local released = 0
        if redis.call('GET', KEYS[1]) == ARGV[1] .. '/' .. ARGV[2] then released = redis.call('DEL', KEYS[1]) end
        local open = redis.call('GET', KEYS[2]) or ''
        if string.match(open, '^%S+') ~= ARGV[2] then return released end
        local earlier = string.match(open, '|(.*)$')
        if earlier and string.match(earlier, '^%S+ (%S+)') ~= ARGV[1] then redis.call('SET', KEYS[2], earlier)
          else redis.call('DEL', KEYS[2]) end
        return 1
        """;

    /// <summary>KEYS: denied. ARGV: now, milliseconds to deny, path, most paths.</summary>
    public const string Deny =
        """
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
        redis.call('ZADD', KEYS[1], string.format('%.0f', tonumber(ARGV[1]) + tonumber(ARGV[2])), ARGV[3])
        local more = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[4])
        if more > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], '0', string.format('%.0f', more - 1)) end
        redis.call('PEXPIRE', KEYS[1], ARGV[2])
        return 1
        """;

    /// <summary>
    /// KEYS: denied, bucket. ARGV: path, milliseconds that refill one token, size of the bucket. The token goes back once.
    /// </summary>
    public const string Allow =
        """
        redis.call('ZREM', KEYS[1], ARGV[1])
        if redis.call('HGET', KEYS[2], 'path') == ARGV[1] then
          local level = tonumber(redis.call('HGET', KEYS[2], 'level')) + tonumber(ARGV[2])
          redis.call('HSET', KEYS[2], 'level', string.format('%.0f', math.min(level, tonumber(ARGV[2]) * tonumber(ARGV[3]))))
          redis.call('HDEL', KEYS[2], 'path')
        end
        return 1
        """;

    /// <summary>
    /// KEYS: record. ARGV: the record as it was read (empty: there was none), next record, channel, change (empty: nothing that others
    /// need to know). Answers 1 when it was replaced.
    /// </summary>
    public const string Replace =
        """
        if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2])
        if ARGV[4] ~= '' then redis.pcall('PUBLISH', ARGV[3], ARGV[4]) end
        return 1
        """;

    /// <summary>
    /// KEYS: record, intent, denied, bucket. ARGV: milliseconds to remember the generation, channel, change. Answers 1 when there was
    /// something to forget, also something that is no record.
    /// </summary>
    public const string Remove =
        """
        local stored = redis.call('GET', KEYS[1])
        if not stored then return 0 end
        local generation, at = string.match(stored, '^(%d+) %d+ ()')
        if generation and at > #stored then return 0 end
        redis.call('SET', KEYS[1], (generation or '0') .. ' 0 ', 'PX', ARGV[1])
        redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
        redis.pcall('PUBLISH', ARGV[2], ARGV[3])
        return 1
        """;

    /// <summary>
    /// KEYS: lease, fence, record. ARGV: owner, milliseconds, milliseconds to remember the fence. Answers the fence, or 0 when another
    /// owner holds the lease: an owner that did not hear the answer may ask again. The record's own fence is looked at too, in case the
    /// counter was forgotten.
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

    public const long Conflict = 0;

    public const long Written = 1;

    public const long Raise = 2;
}
