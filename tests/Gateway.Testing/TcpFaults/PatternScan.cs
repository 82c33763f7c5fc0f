namespace Gateway.Testing.TcpFaults;

/// <summary>Looks for text in a stream of pieces, also where it runs over a seam. Used by one pump alone.</summary>
internal sealed class PatternScan
{
    /// <summary>The longest text that is found over a seam, in bytes.</summary>
    public const int Reach = 256;

    private byte[] _window = [];
    private int _seam;

    public void Advance(ReadOnlySpan<byte> piece)
    {
        var tail = _window.AsSpan(Math.Max(0, _window.Length - Reach));
        _seam = tail.Length;
        _window = [.. tail, .. piece];
    }

    /// <summary>Whether the text ends in the piece at hand; what ended before has passed.</summary>
    public bool Sees(ReadOnlySpan<byte> text) =>
        _window.AsSpan(Math.Max(0, _seam - text.Length + 1)).IndexOf(text) >= 0;
}
