using System.Buffers.Binary;
using System.Text;

namespace Gateway.Testing.Otlp;

/// <summary>
/// The fields of a protobuf message and their values (https://protobuf.dev/programming-guides/encoding/). The caller interprets the
/// values. A malformed message throws.
/// </summary>
internal sealed class WireMessage
{
    private readonly List<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> _fields = [];

    private WireMessage()
    {
    }

    public static WireMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        var message = new WireMessage();
        while (!bytes.IsEmpty)
        {
            var key = ReadVarint(ref bytes);
            var value = (key & 7) switch
            {
                0 => (ReadVarint(ref bytes), default),
                1 => (BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8).Span), default),
                2 => (0UL, Take(ref bytes, checked((int)ReadVarint(ref bytes)))),
                5 => ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4).Span), default(ReadOnlyMemory<byte>)),
                var type => throw new InvalidDataException($"No field has wire type {type}."),
            };
            message._fields.Add((checked((int)(key >> 3)), value.Item1, value.Item2));
        }

        return message;
    }

    public IEnumerable<WireMessage> Messages(int number) => All(number).Select(static field => Parse(field.Bytes));

    public WireMessage? Message(int number) => Messages(number).LastOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(Last(number).Bytes.Span);

    public string Hex(int number) => Convert.ToHexStringLower(Last(number).Bytes.Span);

    public ulong Number(int number) => Last(number).Value;

    public double Double(int number) => BitConverter.UInt64BitsToDouble(Last(number).Value);

    public bool Has(int number) => All(number).Any();

    private IEnumerable<(int Number, ulong Value, ReadOnlyMemory<byte> Bytes)> All(int number) =>
        _fields.Where(field => field.Number == number);

    // The last value of a field counts; a missing field has the default value.
    private (int Number, ulong Value, ReadOnlyMemory<byte> Bytes) Last(int number) => All(number).LastOrDefault();

    private static ulong ReadVarint(ref ReadOnlyMemory<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Take(ref bytes, 1).Span[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number has no end.");
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> bytes, int length)
    {
        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }
}
