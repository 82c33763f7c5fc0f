using System.Globalization;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// Decodes as leniently as the most lenient server: percent escapes, the <c>%uXXXX</c> form, overlong UTF-8 and full-width forms become the
/// ASCII character that they stand for. For judging what a caller sent, never for building what is sent.
/// </summary>
internal static class PercentDecoder
{
    private const int FullWidthOffset = 0xFEE0;

    /// <summary>Removes one layer of encoding, in place.</summary>
    /// <returns>The new length; equal to the old one when nothing was encoded.</returns>
    public static int Decode(Span<byte> text)
    {
        var length = 0;
        for (var read = 0; read < text.Length;)
        {
            read += ReadOne(text[read..], out var value);
            text[length++] = value;
        }

        return FoldUtf8(text[..length]);
    }

    private static int ReadOne(ReadOnlySpan<byte> text, out byte value)
    {
        value = text[0];
        if (value != '%')
        {
            return 1;
        }

        if (text.Length >= 3 && TryHex(text[1..3], out var code))
        {
            value = (byte)code;
            return 3;
        }

        if (text.Length >= 6 && text[1] is (byte)'u' or (byte)'U' && TryHex(text[2..6], out code) && ToAscii(code) is { } ascii)
        {
            value = ascii;
            return 6;
        }

        return 1;
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, out int code) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out code);

    private static int FoldUtf8(Span<byte> text)
    {
        if (!text.ContainsAnyInRange((byte)0xC0, (byte)0xF7))
        {
            return text.Length;
        }

        var length = 0;
        for (var read = 0; read < text.Length;)
        {
            var size = SequenceLength(text[read]);
            var folded = size > 1 && read + size <= text.Length ? ToAscii(CodePoint(text.Slice(read, size))) : null;
            text[length++] = folded ?? text[read];
            read += folded is null ? 1 : size;
        }

        return length;
    }

    private static int SequenceLength(byte lead) => lead switch
    {
        >= 0xC0 and < 0xE0 => 2,
        >= 0xE0 and < 0xF0 => 3,
        >= 0xF0 and < 0xF8 => 4,
        _ => 1,
    };

    private static int CodePoint(ReadOnlySpan<byte> sequence)
    {
        var code = sequence[0] & (0x7F >> sequence.Length);
        foreach (var next in sequence[1..])
        {
            // Without a check of the continuation bits: some decoders read 0xC0 0x2E as a dot.
            code = (code << 6) | (next & 0x3F);
        }

        return code;
    }

    private static byte? ToAscii(int code) => code switch
    {
        < 0x80 => (byte)code,
        >= 0xFF01 and <= 0xFF5E => (byte)(code - FullWidthOffset),
        _ => null,
    };
}
