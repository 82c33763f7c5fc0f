using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Microsoft.AspNetCore.Routing.Patterns;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// A route pattern for raw paths: matches without decoding and fills without encoding, so that the bytes of a parameter arrive as they
/// came. ASP.NET chose the route by the decoded path; a raw path that does not match the same pattern is refused.
/// </summary>
internal sealed class PathTemplate
{
    /// <summary>The slices of a path fit on the stack.</summary>
    public const int MaxParameters = 16;

    private readonly Segment[] _segments;
    private readonly string[] _parameters;

    private PathTemplate(Segment[] segments)
    {
        _segments = segments;
        _parameters = [.. segments.Where(static segment => segment.Literal is null).Select(static segment => segment.Parameter)];
    }

    /// <summary>The names, in order; a slice has the index of its parameter.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    public bool EndsInCatchAll => _segments is [.., { CatchAll: true }];

    public static bool TryParse(string pattern, [NotNullWhen(true)] out PathTemplate? template, [NotNullWhen(false)] out string? error)
    {
        template = null;
        try
        {
            var segments = RoutePatternFactory.Parse(pattern).PathSegments.Select(Segment.From).ToArray();
            template = new PathTemplate(segments);
            error = segments.Any(static segment => segment.Literal is "") ? $"'{pattern}' mixes text and parameters in one segment"
                : segments.Any(static segment => !IsRaw(segment.Literal)) ? $"'{pattern}' has a character that a raw path spells otherwise"
                : template._parameters.Length > MaxParameters ? $"'{pattern}' has more than {MaxParameters} parameters"
                : null;
        }
        catch (RoutePatternException malformed)
        {
            error = malformed.Message;
        }

        return error is null;
    }

    /// <returns>-1 when there is no such parameter.</returns>
    public int IndexOf(string parameter) =>
        Array.FindIndex(_parameters, name => name.Equals(parameter, StringComparison.OrdinalIgnoreCase));

    public bool HasDefault(string parameter) =>
        _segments.Any(segment => segment.Default is not null && segment.Parameter.Equals(parameter, StringComparison.OrdinalIgnoreCase));

    /// <summary>For each parameter of this template its index in another; -1 where the other has no such parameter.</summary>
    public int[] MapTo(PathTemplate other) => [.. _parameters.Select(other.IndexOf)];

    /// <param name="path">Starts with a slash.</param>
    /// <param name="slices">Room for <see cref="MaxParameters"/>.</param>
    /// <param name="trailingSlash">True when a slash follows the last segment; a catch-all includes it.</param>
    public bool TryMatch(ReadOnlySpan<char> path, Span<PathSlice> slices, out bool trailingSlash)
    {
        var at = 0;
        var parameter = 0;
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            if (!TryTake(segment, path, ref at, out var slice))
            {
                trailingSlash = false;
                return false;
            }

            if (segment.Literal is null)
            {
                slices[parameter++] = slice;
            }
        }

        trailingSlash = at == path.Length - 1;
        return at >= path.Length - 1;
    }

    /// <summary>Writes the path with the raw text of each parameter; it ends before the first one that is missing.</summary>
    /// <param name="text">The output.</param>
    /// <param name="source">The path that the slices refer to.</param>
    /// <param name="slices">Of the template that matched.</param>
    /// <param name="map">For each parameter of this template the index of its slice; -1 for none.</param>
    public void Fill(
        ref DefaultInterpolatedStringHandler text, ReadOnlySpan<char> source, ReadOnlySpan<PathSlice> slices, ReadOnlySpan<int> map)
    {
        var parameter = 0;
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            if (segment.Literal is { } literal)
            {
                text.AppendLiteral("/");
                text.AppendLiteral(literal);
                continue;
            }

            var index = map[parameter++];
            var slice = index < 0 ? PathSlice.Missing : slices[index];
            if (slice.IsMissing && segment.Default is null)
            {
                break;
            }

            text.AppendLiteral("/");
            text.AppendFormatted(slice.IsMissing ? segment.Default : slice.Of(source));
        }
    }

    // RFC 3986 section 3.3, pchar: the characters that a path spells as they are.
    private static bool IsRaw(string? literal) =>
        literal is null
        || literal.All(static c => char.IsAsciiLetterOrDigit(c) || "-._~!$&'()*+,;=:@%".Contains(c, StringComparison.Ordinal));

    private static bool TryTake(in Segment segment, ReadOnlySpan<char> path, ref int at, out PathSlice slice)
    {
        slice = PathSlice.Missing;
        if (segment.CatchAll)
        {
            slice = at < path.Length ? new(at + 1, path.Length - at - 1) : slice;
            at = path.Length;
            return true;
        }

        if (at >= path.Length - 1)
        {
            return segment.Optional;
        }

        var length = path[(at + 1)..].IndexOf('/');
        slice = new(at + 1, length < 0 ? path.Length - at - 1 : length);
        at += slice.Length + 1;
        return slice.Length > 0
            && (segment.Literal is null || slice.Of(path).Equals(segment.Literal, StringComparison.OrdinalIgnoreCase));
    }

    /// <param name="Literal">The text of a literal; null for a parameter, empty for a segment that mixes both.</param>
    /// <param name="Parameter">The parameter's name; empty for a literal.</param>
    /// <param name="CatchAll">Takes the rest of the path, slashes included.</param>
    /// <param name="Optional">May be missing at the end of a path.</param>
    /// <param name="Default">Stands for a missing parameter; null for none.</param>
    private readonly record struct Segment(
        string? Literal, string Parameter, bool CatchAll = false, bool Optional = false, string? Default = null)
    {
        public static Segment From(RoutePatternPathSegment segment) => segment.IsSimple
            ? segment.Parts[0] switch
            {
                RoutePatternLiteralPart literal => new(literal.Content, ""),
                RoutePatternParameterPart part => new(
                    null, part.Name, part.IsCatchAll, part.IsOptional || part.Default is not null, part.Default?.ToString()),
                _ => new("", ""),
            }
            : new("", "");
    }
}

/// <summary>The position of a parameter's raw text in a path.</summary>
/// <param name="Start">Index of the first character; -1 when the path ended before the parameter.</param>
/// <param name="Length">0 for a catch-all after a final slash.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PathSlice(int Start, int Length)
{
    public static PathSlice Missing { get; } = new(-1, 0);

    public bool IsMissing => Start < 0;

    public ReadOnlySpan<char> Of(ReadOnlySpan<char> path) => IsMissing ? [] : path.Slice(Start, Length);
}
