using System.Text;

namespace Gateway.Configuration.Listeners;

/// <summary>
/// Keeps the names that a caller lists in <c>Connection</c> (RFC 9110 section 7.6.1) readable. Once the server has understood exactly one
/// of close, keep-alive and upgrade, it puts that word in place of the whole header: "close, X-Foo" would read "close" and X-Foo be
/// forwarded. Read with this encoding, such a header says two of the words or none, and is left alone; what it asks for stays the same:
/// close beats keep-alive (RFC 9112 section 9.3), and keep-alive is the default.
/// </summary>
internal sealed class ConnectionHeaderEncoding : Encoding
{
    private const string KeepAlive = "keep-alive";

    private static readonly ConnectionHeaderEncoding Instance = new();

    /// <summary>For <c>KestrelServerOptions.RequestHeaderEncodingSelector</c>: null, the server's own choice, for every other header.</summary>
    public static Encoding? ForHeader(string name) =>
        name.Equals("Connection", StringComparison.OrdinalIgnoreCase) ? Instance : null;

    public override int GetCharCount(byte[] bytes, int index, int count) => Read(bytes.AsSpan(index, count)).Length;

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

    private static string Read(ReadOnlySpan<byte> bytes)
    {
        var text = Latin1.GetString(bytes);
        if (text.Contains("close", StringComparison.OrdinalIgnoreCase)
            || (text.Contains("upgrade", StringComparison.OrdinalIgnoreCase) && text.Contains(',', StringComparison.Ordinal)))
        {
            return $"{KeepAlive},{text}";
        }

        return text.Contains(',', StringComparison.Ordinal) ? text.Replace(KeepAlive, "", StringComparison.OrdinalIgnoreCase) : text;
    }
}
