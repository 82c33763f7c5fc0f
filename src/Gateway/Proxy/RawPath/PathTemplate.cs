using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Microsoft.AspNetCore.Routing.Patterns;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// A route pattern that works on raw paths: matches without decoding and fills without encoding, so that a parameter's bytes
/// arrive as they came. ASP.NET's own matcher chose the route on the decoded path; this one must agree on the raw one.
/// </summary>
internal sealed class PathTemplate
{
    /// <summary>More parameters than anyone has, few enough for the stack.</summary>
    public const int MaxParameters = 16;

    private readonly TemplateSegment[] _segments;

    private PathTemplate(TemplateSegment[] segments)
    {
        _segments = segments;
        Parameters = [.. segments.Where(static segment => segment.Literal is null).Select(static segment => segment.Parameter)];
    }

    /// <summary>The names, in order; a capture has its parameter's index.</summary>
    public IReadOnlyList<string> Parameters { get; }

    public bool EndsInCatchAll => _segments is [.., { CatchAll: true }];

    public static bool TryParse(string pattern, [NotNullWhen(true)] out PathTemplate? template, [NotNullWhen(false)] out string? error)
    {
        template = null;
        try
        {
            var segments = RoutePatternFactory.Parse(pattern).PathSegments.Select(ToSegment).ToArray();
            template = new PathTemplate(segments);
            error = segments.Any(static segment => segment.Literal is "") ? $"'{pattern}' mixes text and parameters in one segment"
                : segments.Any(static segment => !IsRaw(segment.Literal)) ? $"'{pattern}' has a character that a raw path spells otherwise"
                : template.Parameters.Count > MaxParameters ? $"'{pattern}' has more than {MaxParameters} parameters"
                : null;
        }
        catch (RoutePatternException malformed)
        {
            error = malformed.Message;
        }

        return error is null;
    }

    public int IndexOf(string parameter)
    {
        for (var index = 0; index < Parameters.Count; index++)
        {
            if (Parameters[index].Equals(parameter, StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        return -1;
    }

    public bool HasDefault(string parameter) =>
        _segments.Any(segment => segment.Default is not null && segment.Parameter.Equals(parameter, StringComparison.OrdinalIgnoreCase));

    /// <summary>For each of this template's parameters its index in another; -1 where that one has no such parameter.</summary>
    public int[] MapTo(PathTemplate other) => [.. Parameters.Select(other.IndexOf)];

    /// <param name="path">Starts with a slash.</param>
    /// <param name="captures">Room for <see cref="MaxParameters"/>.</param>
    /// <param name="trailingSlash">True when a slash follows the last segment; a catch-all takes it along.</param>
    public bool TryMatch(ReadOnlySpan<char> path, Span<PathSlice> captures, out bool trailingSlash)
    {
        var at = 0;
        var parameter = 0;
        foreach (ref readonly var segment in _segments.AsSpan())
        {
            if (!TryTake(segment, path, ref at, out var capture))
            {
                trailingSlash = false;
                return false;
            }

            if (segment.Literal is null)
            {
                captures[parameter++] = capture;
            }
        }

        trailingSlash = at == path.Length - 1;
        return at >= path.Length - 1;
    }

    /// <summary>Writes the path with each parameter's raw text; a missing one ends it.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="source">What the captures point into.</param>
    /// <param name="captures">Of the template that matched.</param>
    /// <param name="map">For each parameter of this template its index among the captures; -1 for none.</param>
    public void Fill(
        ref DefaultInterpolatedStringHandler text, ReadOnlySpan<char> source, ReadOnlySpan<PathSlice> captures, ReadOnlySpan<int> map)
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
            var capture = index < 0 ? PathSlice.Missing : captures[index];
            if (capture.IsMissing && segment.Default is null)
            {
                break;
            }

            text.AppendLiteral("/");
            text.AppendFormatted(capture.IsMissing ? segment.Default : capture.Of(source));
        }
    }

    // RFC 3986 section 3.3 pchar: what can stand in a path as it is.
    private static bool IsRaw(string? literal) =>
        literal is null
        || literal.All(static c => char.IsAsciiLetterOrDigit(c) || "-._~!$&'()*+,;=:@%".Contains(c, StringComparison.Ordinal));

    private static bool TryTake(in TemplateSegment segment, ReadOnlySpan<char> path, ref int at, out PathSlice capture)
    {
        capture = PathSlice.Missing;
        if (segment.CatchAll)
        {
            capture = at < path.Length ? new(at + 1, path.Length - at - 1) : capture;
            at = path.Length;
            return true;
        }

        if (at >= path.Length - 1)
        {
            return segment.Optional;
        }

        var length = path[(at + 1)..].IndexOf('/');
        capture = new(at + 1, length < 0 ? path.Length - at - 1 : length);
        at += capture.Length + 1;
        return capture.Length > 0
            && (segment.Literal is null || capture.Of(path).Equals(segment.Literal, StringComparison.OrdinalIgnoreCase));
    }

    private static TemplateSegment ToSegment(RoutePatternPathSegment segment) => segment.IsSimple
        ? segment.Parts[0] switch
        {
            RoutePatternLiteralPart literal => new(literal.Content, "", CatchAll: false, Optional: false, null),
            RoutePatternParameterPart part => new(
                null, part.Name, part.IsCatchAll, part.IsOptional || part.Default is not null, part.Default?.ToString()),
            _ => new("", "", CatchAll: false, Optional: false, null),
        }
        : new("", "", CatchAll: false, Optional: false, null);
}

/// <summary>One segment of a <see cref="PathTemplate"/>.</summary>
/// <param name="Literal">The text of a literal; null for a parameter.</param>
/// <param name="Parameter">The parameter's name; empty for a literal.</param>
/// <param name="CatchAll">Takes the rest of the path, slashes included.</param>
/// <param name="Optional">May be missing at the end of a path.</param>
/// <param name="Default">What a missing parameter stands for; null for nothing.</param>
internal readonly record struct TemplateSegment(string? Literal, string Parameter, bool CatchAll, bool Optional, string? Default);

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
