namespace Gateway.Proxy.Routes;

/// <summary>Where a route reads the name of its connection.</summary>
/// <param name="Kind">Which of the ways.</param>
/// <param name="Value">The name itself, the route value's name or the header's name.</param>
public sealed record ConnectionSelector(ConnectionSelector.Way Kind, string Value)
{
    /// <summary>The request header that is read when a route says nothing, and removed before forwarding.</summary>
    public const string DefaultHeader = "Gateway-Connection";

    /// <summary>What a route gets that says nothing: the header, else <c>default</c>.</summary>
    public static ConnectionSelector Default { get; } = new(Way.HeaderOrDefault, DefaultHeader);

    /// <summary>The ways to name a connection.</summary>
    public enum Way
    {
        /// <summary>The configuration names it.</summary>
        Fixed,

        /// <summary>A parameter of the route's path: <c>{tenant}</c>.</summary>
        RouteValue,

        /// <summary>A request header that must be there: <c>header:X-Tenant</c>.</summary>
        Header,

        /// <summary><see cref="DefaultHeader"/>, else <c>default</c>.</summary>
        HeaderOrDefault,
    }
}
