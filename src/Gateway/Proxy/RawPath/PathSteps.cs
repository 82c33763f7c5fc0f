namespace Gateway.Proxy.RawPath;

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
