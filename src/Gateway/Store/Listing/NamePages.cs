using StackExchange.Redis;

namespace Gateway.Store.Listing;

/// <summary>The names of a set without scores, in byte order, a page at a time.</summary>
internal static class NamePages
{
    // KEYS: set. ARGV: last name of the page before, how many. By place where that name still has one: Garnet copies a whole range of
    // names before it applies a LIMIT. For Lua 5.1 and 5.4 alike, as RedisScripts.
    private const string Next =
        """
        local first = 0
        if ARGV[1] ~= '' then
          local last = redis.call('ZRANK', KEYS[1], ARGV[1])
          if not last then return redis.call('ZRANGEBYLEX', KEYS[1], '(' .. ARGV[1], '+', 'LIMIT', '0', ARGV[2]) end
          first = last + 1
        end
        return redis.call('ZRANGE', KEYS[1], string.format('%.0f', first), string.format('%.0f', first + tonumber(ARGV[2]) - 1))
        """;

    /// <param name="db">Where.</param>
    /// <param name="set">Its key.</param>
    /// <param name="after">The last name before the page, whether or not it is there still; empty or null for the first page.</param>
    /// <param name="count">How many at most.</param>
    public static async Task<RedisValue[]> ReadAsync(IDatabase db, RedisKey set, RedisValue after, int count) =>
        (RedisValue[])(await db.ScriptEvaluateAsync(Next, [set], [after.IsNull ? RedisValue.EmptyString : after, count]))!;
}
