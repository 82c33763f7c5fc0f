namespace Gateway.Proxy.RawPath;

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
