using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// How a route turns the caller's raw path into the third party's, and back: its match and its path transforms, compiled when the
/// configuration loads. YARP's own transforms decode and encode again, which turns <c>%2F</c> into <c>%252F</c>.
/// </summary>
internal sealed class RawPathTransform
{
    private const int StackChars = 256;

    private readonly PathTemplate _route;
    private readonly int[] _identity;
    private readonly PathStep[] _steps;

    private RawPathTransform(PathTemplate route, PathStep[] steps)
    {
        _route = route;
        _identity = [.. Enumerable.Range(0, route.Parameters.Count)];
        _steps = steps;
    }

    public PathTemplate Route => _route;

    public static RawPathTransform? Compile(RouteConfig route, ICollection<string> errors)
    {
        var path = route.Match?.Path is { Length: > 0 } match ? match : "/{**rest}";
        if (!PathTemplate.TryParse(path, out var template, out var error))
        {
            errors.Add($"{RouteKeys.Of(route)}:Match:Path: {error}");
            return null;
        }

        var before = errors.Count;
        var steps = (route.Transforms ?? []).Select(transform => ParseStep(route, transform, template, errors)).OfType<PathStep>().ToArray();
        return errors.Count == before ? new RawPathTransform(template, steps) : null;
    }

    /// <summary>The path below the provider's origin for a caller's raw path.</summary>
    /// <param name="rawPath">As the caller wrote it.</param>
    /// <param name="captures">Gets the route's parameters; room for <see cref="PathTemplate.MaxParameters"/>.</param>
    /// <param name="path">Starts with a slash.</param>
    /// <returns>False when the raw path does not spell the route that the decoded path was matched to.</returns>
    public bool TryApply(ReadOnlySpan<char> rawPath, Span<PathSlice> captures, out ReadOnlySpan<char> path)
    {
        path = rawPath;
        if (!_route.TryMatch(rawPath, captures, out var trailingSlash))
        {
            return false;
        }

        foreach (var step in _steps)
        {
            path = step switch
            {
                PathStep.Constant constant => constant.Path,
                PathStep.Prefix prefix => string.Concat(prefix.Path, path),
                PathStep.RemovePrefix remove => WithoutPrefix(path, remove.Path),
                PathStep.Pattern pattern => Fill(pattern.Template, rawPath, captures, pattern.FromRoute, trailingSlash),
                _ => path,
            };
        }

        path = path is ['/', ..] ? path : string.Concat("/", path);
        return true;
    }

    /// <summary>The gateway's path for one of the third party's; what it does not say comes from the current request.</summary>
    /// <param name="path">Below the provider's origin, raw.</param>
    /// <param name="rawPath">The current request's raw path.</param>
    /// <param name="result">The gateway's path.</param>
    /// <returns>False when no path of this route leads there.</returns>
    public bool TryInvert(string path, string rawPath, [NotNullWhen(true)] out string? result)
    {
        result = null;
        Span<PathSlice> request = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (!_route.TryMatch(rawPath, request, out _))
        {
            return false;
        }

        for (var index = _steps.Length - 1; index >= 0; index--)
        {
            switch (_steps[index])
            {
                case PathStep.Pattern pattern:
                    result = Invert(pattern, path, rawPath, request);
                    return result is not null;
                case PathStep.Constant constant:
                    result = rawPath;
                    return path == constant.Path;
                case PathStep.Prefix prefix when !HasPrefix(path, prefix.Path):
                    return false;
                case PathStep.Prefix prefix:
                    path = path[prefix.Path.Length..];
                    break;
                case PathStep.RemovePrefix remove:
                    path = remove.Path + path;
                    break;
            }
        }

        result = path;
        return _route.TryMatch(path, request, out _);
    }

    private static PathStep? ParseStep(
        RouteConfig route, IReadOnlyDictionary<string, string> transform, PathTemplate template, ICollection<string> errors)
    {
        var step = PathSteps.Parse(transform, template, out var error);
        if (error is not null)
        {
            errors.Add($"{RouteKeys.Of(route, transform)}:{error}");
        }

        return step;
    }

    private string? Invert(PathStep.Pattern pattern, string path, string rawPath, Span<PathSlice> request)
    {
        Span<PathSlice> found = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (!pattern.Template.TryMatch(path, found, out var trailingSlash))
        {
            return null;
        }

        // One text that holds both sources, so that one set of captures can point into either.
        for (var index = 0; index < pattern.ToRoute.Length; index++)
        {
            var here = pattern.ToRoute[index];
            var there = request[index];
            request[index] = here >= 0 ? found[here] : there.IsMissing ? there : there with { Start = there.Start + path.Length };
        }

        return Fill(_route, path + rawPath, request, _identity, trailingSlash);
    }

    private static string Fill(
        PathTemplate template, ReadOnlySpan<char> source, ReadOnlySpan<PathSlice> captures, ReadOnlySpan<int> map, bool trailingSlash)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[StackChars]);
        template.Fill(ref text, source, captures, map);
        if (trailingSlash && !template.EndsInCatchAll)
        {
            text.AppendLiteral("/");
        }

        return text.ToStringAndClear();
    }

    private static ReadOnlySpan<char> WithoutPrefix(ReadOnlySpan<char> path, string prefix) =>
        HasPrefix(path, prefix) ? path[prefix.Length..] : path;

    private static bool HasPrefix(ReadOnlySpan<char> path, string prefix) =>
        path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (path.Length == prefix.Length || path[prefix.Length] == '/');
}

/// <summary>One of YARP's path transforms, ready to work on raw paths.</summary>
internal abstract record PathStep
{
    /// <summary><c>PathSet</c>.</summary>
    public sealed record Constant(string Path) : PathStep;

    /// <summary><c>PathPrefix</c>.</summary>
    public sealed record Prefix(string Path) : PathStep;

    /// <summary><c>PathRemovePrefix</c>.</summary>
    public sealed record RemovePrefix(string Path) : PathStep;

    /// <summary><c>PathPattern</c>; the maps join its parameters with the route's, both ways.</summary>
    public sealed record Pattern(PathTemplate Template, int[] FromRoute, int[] ToRoute) : PathStep;
}

/// <summary>Reads YARP's path transforms, so that a route with a credential keeps their meaning on raw paths.</summary>
internal static class PathSteps
{
    /// <returns>Null for other transforms, and for a path transform with an <paramref name="error"/>.</returns>
    public static PathStep? Parse(IReadOnlyDictionary<string, string> transform, PathTemplate route, out string? error)
    {
        error = null;
        foreach (var (key, value) in transform)
        {
            if (key.Equals("PathPattern", StringComparison.OrdinalIgnoreCase))
            {
                return ParsePattern(value, route, out error);
            }

            var step = ToStep(key, value.TrimEnd('/'));
            if (step is null)
            {
                continue;
            }

            if (value is ['/', ..] && PathTemplate.TryParse(value, out var template, out _) && template.Parameters.Count == 0)
            {
                return step;
            }

            error = $"{key}: '{value}' is no plain path that starts with a slash";
            return null;
        }

        return null;
    }

    private static PathStep? ToStep(string key, string path) => key.ToUpperInvariant() switch
    {
        "PATHSET" => new PathStep.Constant(path.Length == 0 ? "/" : path),
        "PATHPREFIX" => new PathStep.Prefix(path),
        "PATHREMOVEPREFIX" => new PathStep.RemovePrefix(path),
        _ => null,
    };

    private static PathStep.Pattern? ParsePattern(string value, PathTemplate route, out string? error)
    {
        if (!PathTemplate.TryParse(value, out var pattern, out error))
        {
            error = $"PathPattern: {error}";
            return null;
        }

        var unknown = pattern.Parameters.FirstOrDefault(name => route.IndexOf(name) < 0 && !pattern.HasDefault(name));
        if (unknown is not null)
        {
            error = $"PathPattern: '{value}' uses {{{unknown}}}, which the route's path does not have";
            return null;
        }

        return new PathStep.Pattern(pattern, pattern.MapTo(route), route.MapTo(pattern));
    }
}
