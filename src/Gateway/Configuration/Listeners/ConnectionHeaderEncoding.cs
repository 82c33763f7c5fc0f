using System.Text;

namespace Gateway.Configuration.Listeners;

/// <summary>
/// Keeps the names that a caller lists in <c>Connection</c> (RFC 9110 section 7.6.1) readable. Kestrel replaces the whole header by one word
/// when it finds exactly one of close, keep-alive and upgrade in it: with "X-Foo" on one line and "keep-alive" on another it would read
/// "keep-alive", and X-Foo would be forwarded. A header with two of the words, or none, it leaves alone. So this encoding drops keep-alive,
/// except beside close or upgrade, where it puts it in. What is asked for stays the same: close beats keep-alive, which is the default anyway;
/// only HTTP/1.0 loses it, which RFC 9112 section 9.3 denies to proxies.
/// </summary>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string KeepAlive = "keep-alive";

    private static readonly ConnectionHeaderEncoding Instance = new();

    /// <summary>For <c>KestrelServerOptions.RequestHeaderEncodingSelector</c>: null, the server's own choice, for every other header.</summary>
    public static Encoding? ForHeader(string name) =>
        name.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? Instance : null;

    public override int GetCharCount(byte[] bytes, int index, int count) => Read(bytes.AsSpan(index, count)).Length;

    // What the server calls. The framework's own copies the bytes; a lone keep-alive, the usual header, should cost nothing.
    public override unsafe int GetCharCount(byte* bytes, int count) => Read(new ReadOnlySpan<byte>(bytes, count)).Length;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        var text = Read(bytes.AsSpan(byteIndex, byteCount));
        text.CopyTo(chars.AsSpan(charIndex));
        return text.Length;
    }

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => Latin1.GetMaxByteCount(charCount);

    public override int GetMaxCharCount(int byteCount) => byteCount + KeepAlive.Length + 1;

    private static string Read(ReadOnlySpan<byte> line)
    {
        if (Ascii.EqualsIgnoreCase(line, KeepAlive))
        {
            return "";
        }

        var options = Latin1.GetString(line).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var others = string.Join(',', options.Where(static option => !Is(option, KeepAlive)));
        return options.Any(static option => Is(option, "close") || Is(option, "upgrade")) ? $"{KeepAlive},{others}" : others;
    }

    private static bool Is(string option, string word) => option.Equals(word, StringComparison.OrdinalIgnoreCase);
}
