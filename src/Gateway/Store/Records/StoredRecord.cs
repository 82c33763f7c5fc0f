using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>
/// A value as it lies in Redis: <c>GENERATION FENCE TOKENGENERATION USABLE_UNTIL RETRY_AT JSON</c>. One string, so that it is read by one
/// GET, replaced as a whole, and cheap in both servers; the numbers in front are for <see cref="RedisScripts"/> alone, and derived from the
/// JSON. Older versions wrote <c>GENERATION FENCE JSON</c>.
/// </summary>
internal readonly record struct StoredRecord(long Generation, long Fence, RecordBody Body)
{
    /// <summary>As <see cref="Connection.IsRejected"/>.</summary>
    public bool IsRejected => Body.RejectedGeneration == TokenGeneration;

    private long TokenGeneration => Generation - Body.TokenAge;

    // Unix milliseconds; 0 when there is no token, or a refused one.
    private long UsableUntil => Body.SealedToken is not null || Body.TokenIsCached
        ? IsRejected ? 0 : Body.ExpiresAt?.ToUnixTimeMilliseconds() ?? 0
        : 0;

    // Unix milliseconds; 0 when nothing speaks against a refresh, far in the future for a dead grant.
    private long RetryAt => Body switch
    {
        { DeadSince: not null } => DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(),
        { LastFailure: { IsBackoff: true } failure } => Math.Max(0, failure.RetryAt.ToUnixTimeMilliseconds()),
        _ => 0,
    };

    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        buffer.Write(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{Generation} {Fence} {TokenGeneration} {Math.Max(0, UsableUntil)} {RetryAt} ")));
        JsonSerializer.Serialize(buffer, Body, StoreJson.Default.RecordBody);
        return buffer.ToArray();
    }

    /// <summary>Null when nothing or a tombstone is stored.</summary>
    /// <exception cref="StoreUnavailableException">What is stored is no record.</exception>
    public static StoredRecord? Parse(RedisValue value)
    {
        var bytes = ((ReadOnlyMemory<byte>)value).Span;
        if (bytes.IsEmpty)
        {
            return null;
        }

        if (!TryReadNumber(ref bytes, out var generation) || !TryReadNumber(ref bytes, out var fence))
        {
            throw Unreadable();
        }

        if (bytes.IsEmpty)
        {
            return null;
        }

        // A record of an older version has its JSON here. What these numbers say, the JSON says too.
        while (bytes[0] != (byte)'{' && TryReadNumber(ref bytes, out _) && !bytes.IsEmpty)
        {
        }

        return new StoredRecord(generation, fence, ParseBody(bytes));
    }

    /// <summary>Null also when what is stored is no record.</summary>
    public static StoredRecord? TryParse(RedisValue value)
    {
        try
        {
            return Parse(value);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static RecordBody ParseBody(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StoreJson.Default.RecordBody) ?? throw Unreadable();
        }
        catch (JsonException)
        {
            throw Unreadable();
        }
    }

    private static bool TryReadNumber(ref ReadOnlySpan<byte> bytes, out long number)
    {
        if (!Utf8Parser.TryParse(bytes, out number, out var read) || read >= bytes.Length || bytes[read] != ' ')
        {
            return false;
        }

        bytes = bytes[(read + 1)..];
        return true;
    }

    private static StoreUnavailableException Unreadable() =>
        new("A stored connection is not in a form that this version reads.") { IsUnreadable = true };
}
