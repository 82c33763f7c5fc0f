using System.Diagnostics.CodeAnalysis;

namespace Gateway.Proxy.Headers;

/// <summary>
/// Header names without regard to case, hyphens and underscores taken as the same: many servers turn both into one variable
/// (RFC 3875 section 4.1.18).
/// </summary>
internal sealed class HeaderNameComparer : IEqualityComparer<string>
{
    public static HeaderNameComparer Instance { get; } = new();

    public static bool Equals(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var index = 0; index < left.Length; index++)
        {
            if (left[index] != right[index] && Fold(left[index]) != Fold(right[index]))
            {
                return false;
            }
        }

        return true;
    }

    bool IEqualityComparer<string>.Equals(string? left, string? right) => Equals(left.AsSpan(), right.AsSpan());

    int IEqualityComparer<string>.GetHashCode([DisallowNull] string name)
    {
        // Length and both ends tell the few protected names apart well enough, and cost less than hashing every character.
        return name.Length == 0 ? 0 : (name.Length << 16) | (Fold(name[0]) << 8) | Fold(name[^1]);
    }

    private static char Fold(char c) => c == '_' ? '-' : char.ToLowerInvariant(c);
}
