namespace Gateway.Testing.TcpFaults;

/// <summary>Searches a stream of pieces for text, also across the border of two pieces. Used by one pump alone.</summary>
internal sealed class PatternScan
{
    /// <summary>The longest text that is found across a border, in bytes.</summary>
    public const int Reach = 256;

    private byte[] _window = [];
    private int _seam;

    public void Advance(ReadOnlySpan<byte> piece)
    {
        var tail = _window.AsSpan(Math.Max(0, _window.Length - Reach));
        _seam = tail.Length;
        _window = [.. tail, .. piece];
    }

    /// <summary>Whether the text ends in the current piece.</summary>
    public bool Sees(ReadOnlySpan<byte> text) =>
        _window.AsSpan(Math.Max(0, _seam - text.Length + 1)).IndexOf(text) >= 0;
}
