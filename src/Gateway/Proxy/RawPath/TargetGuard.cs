namespace Gateway.Proxy.RawPath;

/// <summary>
/// What a request target may never contain, whatever the route: decided on the raw bytes, because the server folds dot segments
/// before routing sees them, and third parties fold what is left in their own ways.
/// </summary>
internal static class TargetGuard
{
    /// <returns>Why the target is refused; null when it may pass.</returns>
    public static string? Refuse(string rawTarget)
    {
        if (rawTarget.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return "The request target has a character that is neither printable nor ASCII.";
        }

        if (rawTarget.Contains('#', StringComparison.Ordinal))
        {
            return "The request target has a fragment.";
        }

        var target = RequestTarget.Parse(rawTarget);
        if (target.Path.IsEmpty)
        {
            return "The request target has no path.";
        }

        return DotSegments.Contains(target.Path) ? "The path has a dot segment." : null;
    }
}
