using System.Buffers.Text;
using System.Text;
using System.Text.Json;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Records;

/// <summary>
/// A value as it lies in Redis: <c>GENERATION FENCE JSON</c>. One string, so that it is read by one GET, replaced as a whole, and cheap
/// in both servers; the numbers in front are for <see cref="RedisScripts"/>.
/// </summary>
internal readonly record struct StoredRecord(long Generation, long Fence, RecordBody Body)
{
    /// <summary>As <see cref="Connection.IsRejected"/>.</summary>
    public bool IsRejected => Body.RejectedGeneration == Generation - Body.TokenAge;

    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        buffer.Write(Encoding.ASCII.GetBytes($"{Generation} {Fence} "));
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

        return bytes.IsEmpty ? null : new StoredRecord(generation, fence, ParseBody(bytes));
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

    private static StoreUnavailableException Unreadable() => new("A stored connection is not in a form that this version reads.") { IsUnreadable = true };
}
