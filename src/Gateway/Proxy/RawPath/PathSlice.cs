using System.Runtime.InteropServices;

namespace Gateway.Proxy.RawPath;

/// <summary>Where a parameter's raw text stands in a path.</summary>
/// <param name="Start">Index of the first character; -1 when the path ended before the parameter.</param>
/// <param name="Length">May be 0: a catch-all after a final slash.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathSlice(int Start, int Length)
{
    public static PathSlice Missing { get; } = new(-1, 0);

    public bool IsMissing => Start < 0;

    public ReadOnlySpan<char> Of(ReadOnlySpan<char> path) => IsMissing ? [] : path.Slice(Start, Length);
}
