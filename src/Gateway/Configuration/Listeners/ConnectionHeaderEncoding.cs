using System.Text;

namespace Gateway.Configuration.Listeners;

/// <summary>
/// Keeps the header names that a caller lists in <c>Connection</c> (RFC 9110 section 7.6.1) readable, so that they can be removed. Kestrel
/// replaces the whole header by one word when it finds exactly one of close, keep-alive and upgrade in it, and leaves it as it is when it
/// finds two or none. So this encoding removes keep-alive, the default of HTTP/1.1, and adds it beside close, which wins, and upgrade.
/// </summary>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string KeepAlive = "keep-alive";

    private static readonly ConnectionHeaderEncoding Instance = new();

    /// <summary>For <c>RequestHeaderEncodingSelector</c>: null, the server's own choice, for every other header.</summary>
    public static Encoding? ForHeader(string name) => name.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? Instance : null;

    public override int GetCharCount(byte[] bytes, int index, int count) => Decode(bytes.AsSpan(index, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var text = Decode(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(chars.AsSpan(charIndex));
        return text.Length;
    }

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount + KeepAlive.Length + 1;

    private static string Decode(ReadOnlySpan<byte> line)
    {
        var options = Latin1.GetString(line).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var others = string.Join(',', options.Where(static option => !Is(option, KeepAlive)));
        return options.Any(static option => Is(option, "close") || Is(option, "upgrade")) ? $"{KeepAlive},{others}" : others;
    }

    private static bool Is(string option, string word) => option.Equals(word, StringComparison.OrdinalIgnoreCase);
}
