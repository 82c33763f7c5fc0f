using Gateway.Proxy.Routes;
using Gateway.Model;
using Gateway.Proxy.Headers;
using Gateway.Proxy.RawPath;

namespace Gateway.Proxy;

/// <summary>A route with a credential, compiled when the configuration loads; shared by all of its requests.</summary>
internal sealed class ForwardingRoute(
    string routeId, RouteCredential credential, RawPathTransform path, bool transformsQuery, TimeSpan? activityTimeout)
{
    private readonly int _connectionParameter =
        credential.Connection.Kind == ConnectionSelector.Way.RouteValue ? path.Route.IndexOf(credential.Connection.Value) : -1;

    // Any request may replace it when the provider changed under the route; two that race write equal values.
    private volatile InjectedNames? _names;

    public string RouteId => routeId;

    public RouteCredential Credential => credential;

    public RawPathTransform Path => path;

    /// <summary>How long an exchange may stand still before YARP ends it: the cluster's setting, else YARP's default.</summary>
    public TimeSpan ActivityTimeout { get; } = activityTimeout ?? TimeSpan.FromSeconds(100);

    /// <summary>True when YARP transforms of the route change the query: theirs is sent then instead of the caller's bytes.</summary>
    public bool TransformsQuery => transformsQuery;

    public InjectedNames NamesOf(Provider provider)
    {
        var names = _names;
        return names is not null && ReferenceEquals(names.Provider, provider) ? names : _names = new InjectedNames(provider);
    }

    /// <summary>The connection that a request asks for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="rawPath">Its path as written.</param>
    /// <param name="captures">What the path plan found in it.</param>
    /// <returns>Null when the selector finds nothing or something that is no name.</returns>
    public string? SelectConnection(HttpContext context, ReadOnlySpan<char> rawPath, ReadOnlySpan<PathSlice> captures) =>
        credential.Connection.Kind switch
        {
            ConnectionSelector.Way.Fixed => credential.Connection.Value,
            ConnectionSelector.Way.RouteValue => Valid(RouteValue(context, captures[_connectionParameter].Of(rawPath))),
            ConnectionSelector.Way.Header => Valid(context.Request.Headers[credential.Connection.Value]),
            _ => context.Request.Headers.TryGetValue(ConnectionSelector.DefaultHeader, out var named)
                ? Valid(named)
                : ConnectionId.DefaultName,
        };

    // Routing has made a string of the value already; the raw text must say the same.
    private string RouteValue(HttpContext context, ReadOnlySpan<char> raw) =>
        context.Request.RouteValues[credential.Connection.Value] is string value && raw.SequenceEqual(value) ? value : raw.ToString();

    private static string? Valid(string? name) => ConnectionId.IsValidName(name) ? name : null;
}
