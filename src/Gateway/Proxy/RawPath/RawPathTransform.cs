using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy.RawPath;

/// <summary>
/// Turns the caller's raw path into the third party's and back: a route's match and its path transforms, compiled when the configuration
/// loads. YARP's own path transforms decode and encode again, which turns <c>%2F</c> into <c>%252F</c>.
/// </summary>
internal sealed class RawPathTransform
{
    private const int StackChars = 256;

    private readonly int[] _identity;
    private readonly Step[] _steps;

    private RawPathTransform(PathTemplate route, Step[] steps)
    {
        Route = route;
        _identity = [.. Enumerable.Range(0, route.Parameters.Count)];
        _steps = steps;
    }

    public PathTemplate Route { get; }

    /// <returns>Null when <paramref name="errors"/> got at least one message.</returns>
    public static RawPathTransform? Compile(RouteConfig route, ICollection<string> errors)
    {
        var path = route.Match?.Path is { Length: > 0 } match ? match : "/{**rest}";
        if (!PathTemplate.TryParse(path, out var template, out var error))
        {
            errors.Add($"{RouteKeys.Of(route)}:Match:Path: {error}");
            return null;
        }

        var steps = new List<Step>();
        var before = errors.Count;
        foreach (var transform in route.Transforms ?? [])
        {
            if (Step.Parse(transform, template, out error) is { } step)
            {
                steps.Add(step);
            }
            else if (error is not null)
            {
                errors.Add($"{RouteKeys.Of(route, transform)}:{error}");
            }
        }

        return errors.Count == before ? new RawPathTransform(template, [.. steps]) : null;
    }

    /// <summary>The path below the provider's origin for a caller's raw path.</summary>
    /// <param name="rawPath">As the caller wrote it.</param>
    /// <param name="slices">Gets the route's parameters; room for <see cref="PathTemplate.MaxParameters"/>.</param>
    /// <param name="path">Starts with a slash.</param>
    /// <returns>False when the raw path does not match the route that was chosen by the decoded path.</returns>
    public bool TryApply(ReadOnlySpan<char> rawPath, Span<PathSlice> slices, out ReadOnlySpan<char> path)
    {
        path = rawPath;
        if (!Route.TryMatch(rawPath, slices, out var trailingSlash))
        {
            return false;
        }

        foreach (var step in _steps)
        {
            path = step switch
            {
                Step.Constant constant => constant.Path,
                Step.Prefix prefix => string.Concat(prefix.Path, path),
                Step.RemovePrefix remove => HasPrefix(path, remove.Path) ? path[remove.Path.Length..] : path,
                Step.Pattern pattern => Fill(pattern.Template, rawPath, slices, pattern.FromRoute, trailingSlash),
                _ => path,
            };
        }

        path = path is ['/', ..] ? path : string.Concat("/", path);
        return true;
    }

    /// <summary>The gateway's path for a path of the third party; parameters that it lacks are taken from the current request.</summary>
    /// <param name="path">Below the provider's origin, raw.</param>
    /// <param name="rawPath">The current request's raw path.</param>
    /// <param name="result">The gateway's path.</param>
    /// <returns>False when no path of this route leads there.</returns>
    public bool TryInvert(string path, string rawPath, [NotNullWhen(true)] out string? result)
    {
        result = null;
        Span<PathSlice> request = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (!Route.TryMatch(rawPath, request, out _))
        {
            return false;
        }

        for (var index = _steps.Length - 1; index >= 0; index--)
        {
            switch (_steps[index])
            {
                case Step.Pattern pattern:
                    result = Invert(pattern, path, rawPath, request);
                    return result is not null;
                case Step.Constant constant:
                    result = rawPath;
                    return path == constant.Path;
                case Step.Prefix prefix when !HasPrefix(path, prefix.Path):
                    return false;
                case Step.Prefix prefix:
                    path = path[prefix.Path.Length..];
                    break;
                case Step.RemovePrefix remove:
                    path = remove.Path + path;
                    break;
            }
        }

        result = path;
        return Route.TryMatch(path, request, out _);
    }

    private string? Invert(Step.Pattern pattern, string path, string rawPath, Span<PathSlice> request)
    {
        Span<PathSlice> found = stackalloc PathSlice[PathTemplate.MaxParameters];
        if (!pattern.Template.TryMatch(path, found, out var trailingSlash))
        {
            return null;
        }

        // The source holds both paths, one after the other, so that a slice can refer to either.
        for (var index = 0; index < pattern.ToRoute.Length; index++)
        {
            var here = pattern.ToRoute[index];
            var there = request[index];
            request[index] = here >= 0 ? found[here] : there.IsMissing ? there : there with { Start = there.Start + path.Length };
        }

        return Fill(Route, path + rawPath, request, _identity, trailingSlash);
    }

    private static string Fill(
        PathTemplate template, ReadOnlySpan<char> source, ReadOnlySpan<PathSlice> slices, ReadOnlySpan<int> map, bool trailingSlash)
    {
        var text = new DefaultInterpolatedStringHandler(0, 0, null, stackalloc char[StackChars]);
        template.Fill(ref text, source, slices, map);
        if (trailingSlash && !template.EndsInCatchAll)
        {
            text.AppendLiteral("/");
        }

        return text.ToStringAndClear();
    }

    private static bool HasPrefix(ReadOnlySpan<char> path, string prefix) =>
        path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && (path.Length == prefix.Length || path[prefix.Length] == '/');

    /// <summary>One of YARP's path transforms, for raw paths.</summary>
    private abstract record Step
    {
        /// <returns>Null for other transforms, and for a path transform with an <paramref name="error"/>.</returns>
        public static Step? Parse(IReadOnlyDictionary<string, string> transform, PathTemplate route, out string? error)
        {
            error = null;
            foreach (var (key, value) in transform)
            {
                Step? step = key.ToUpperInvariant() switch
                {
                    "PATHSET" => new Constant(value.TrimEnd('/') is { Length: > 0 } path ? path : "/"),
                    "PATHPREFIX" => new Prefix(value.TrimEnd('/')),
                    "PATHREMOVEPREFIX" => new RemovePrefix(value.TrimEnd('/')),
                    "PATHPATTERN" => Pattern.Parse(value, route, out error),
                    _ => null,
                };
                if (step is null && error is null)
                {
                    continue;
                }

                if (step is not (null or Pattern) && !IsPlain(value))
                {
                    error = $"{key}: '{value}' is no plain path that starts with a slash";
                }

                return error is null ? step : null;
            }

            return null;
        }

        private static bool IsPlain(string path) =>
            path is ['/', ..] && PathTemplate.TryParse(path, out var template, out _) && template.Parameters.Count == 0;

        public sealed record Constant(string Path) : Step;

        public sealed record Prefix(string Path) : Step;

        public sealed record RemovePrefix(string Path) : Step;

        /// <param name="Template">The pattern.</param>
        /// <param name="FromRoute">For each of its parameters the index in the route's path; -1 for none.</param>
        /// <param name="ToRoute">For each parameter of the route's path the index in the pattern; -1 for none.</param>
        public sealed record Pattern(PathTemplate Template, int[] FromRoute, int[] ToRoute) : Step
        {
            public static Pattern? Parse(string value, PathTemplate route, out string? error)
            {
                if (!PathTemplate.TryParse(value, out var pattern, out error))
                {
                    error = $"PathPattern: {error}";
                    return null;
                }

                var unknown = pattern.Parameters.FirstOrDefault(name => route.IndexOf(name) < 0 && !pattern.HasDefault(name));
                error = unknown is null ? null : $"PathPattern: '{value}' uses {{{unknown}}}, which the route's path does not have";
                return new Pattern(pattern, pattern.MapTo(route), route.MapTo(pattern));
            }
        }
    }
}
