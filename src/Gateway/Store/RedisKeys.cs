using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>
/// Every key that the gateway writes, and how long it lives. In a cluster the text between braces decides the slot: the keys of one
/// connection are together, so that a script may touch them all; a provider's index is elsewhere, and touched key by key.
/// </summary>
/// <remarks>
/// <code>
/// gateway:{PROVIDER/NAME}:connection   string   the record; no expiry. After a removal its generation alone, for a day
/// gateway:{PROVIDER/NAME}:lease        string   "INSTANCE/ATTEMPT" that may refresh; as long as the lease
/// gateway:{PROVIDER/NAME}:intent       string   the refresh that began and is not committed (see RedisScripts); no expiry
/// gateway:{PROVIDER/NAME}:denied       zset     hashes of methods and paths that new tokens do not help, by the end of that; five minutes
/// gateway:{PROVIDER/NAME}:bucket       hash     how many refreshes 401s may still cause, and the path that caused the last one; five
///                                               minutes
/// gateway:{PROVIDER/NAME}:fence        string   the last fence handed out; a day after the last lease (the record keeps the last one that
///                                               wrote)
/// gateway:{PROVIDER}:names             zset     all names, score 0, in byte order for paging; no expiry
/// gateway:{PROVIDER}:dead              zset     names whose grant is dead, score 0; no expiry
/// gateway:{PROVIDER}:failing           zset     names whose last refresh failed, by the moment when their token stops to serve; no expiry
/// gateway:{PROVIDER}:expiry            zset     names by the expiry of their token, for the gauge; no expiry
/// gateway:{PROVIDER}:due               zset     names by the moment when they are to be renewed unasked, or when a claim on that ends; no
///                                               expiry.
///                                              One member is no name: "/", by the negative moment of the next sweep (see RenewalScripts)
/// gateway:{PROVIDER}:swept             string   the last name that a sweep in progress has seen; no expiry
/// gateway:{PROVIDER}:leased            zset     names by the end of their lease, emptied of the past by each lease; no expiry
/// gateway:providers                    set      providers that ever had a connection; no expiry
/// gateway:rewrapping                   string   the instance that walks over all records; half a minute, renewed while it does
/// gateway:once:…                       string   a link or a state of onboarding, by its hash; minutes to a day
/// gateway:cache:…                      hash     the distributed cache; as its callers say
/// gateway:changes                      channel  "GENERATION PROVIDER/NAME" after each write, generation 0 after a removal
/// </code>
/// Scores are unix milliseconds. Dead, failing, expiry, due and leased are derived from records and leases; losing them loses no
/// connection.
/// </remarks>
internal static class RedisKeys
{
    public const string CachePrefix = "gateway:cache:";

    /// <summary>How long a removed connection's generation and an unused fence are remembered.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    public static readonly RedisKey Providers = "gateway:providers";

    public static readonly RedisKey Rewrapping = "gateway:rewrapping";

    public static readonly RedisChannel Changes = RedisChannel.Literal("gateway:changes");

    public static RedisKey Once(string key) => $"gateway:once:{key}";

    public static RedisKey Connection(ConnectionId id) => $"gateway:{{{id}}}:connection";

    public static RedisKey Lease(ConnectionId id) => $"gateway:{{{id}}}:lease";

    public static RedisKey Fence(ConnectionId id) => $"gateway:{{{id}}}:fence";

    public static RedisKey Intent(ConnectionId id) => $"gateway:{{{id}}}:intent";

    public static RedisKey Denied(ConnectionId id) => $"gateway:{{{id}}}:denied";

    public static RedisKey Bucket(ConnectionId id) => $"gateway:{{{id}}}:bucket";

    public static RedisKey Names(string provider) => $"gateway:{{{provider}}}:names";

    public static RedisKey Dead(string provider) => $"gateway:{{{provider}}}:dead";

    public static RedisKey Failing(string provider) => $"gateway:{{{provider}}}:failing";

    public static RedisKey Expiry(string provider) => $"gateway:{{{provider}}}:expiry";

    public static RedisKey Due(string provider) => $"gateway:{{{provider}}}:due";

    public static RedisKey Swept(string provider) => $"gateway:{{{provider}}}:swept";

    public static RedisKey Leased(string provider) => $"gateway:{{{provider}}}:leased";
}
