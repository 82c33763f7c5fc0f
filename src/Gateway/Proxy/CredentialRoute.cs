using Gateway.Model;
using Gateway.Proxy.Headers;
using Gateway.Proxy.RawPath;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Proxy;

/// <summary>A route with a credential, compiled when the configuration loads; shared by all of its requests.</summary>
internal sealed class CredentialRoute
{
    // YARP's default.
    private static readonly TimeSpan DefaultActivityTimeout = TimeSpan.FromSeconds(100);

    private static readonly string[] QueryTransforms = ["QueryValueParameter", "QueryRouteParameter", "QueryRemoveParameter"];

    private readonly int _connectionParameter;

    // Replaced by any request that finds another provider; requests that race write equal values.
    private volatile InjectedNames? _names;

    private CredentialRoute(string routeId, RouteCredential credential, RawPathTransform path)
    {
        RouteId = routeId;
        Credential = credential;
        Path = path;
        _connectionParameter =
            credential.Connection.Kind == ConnectionSelector.Way.RouteValue ? path.Route.IndexOf(credential.Connection.Value) : -1;
    }

    public string RouteId { get; }

    public RouteCredential Credential { get; }

    public RawPathTransform Path { get; }

    /// <summary>How long a request may make no progress before YARP ends it.</summary>
    public required TimeSpan ActivityTimeout { get; init; }

    /// <summary>True when transforms of the route change the query: YARP's query is sent instead of the caller's bytes.</summary>
    public required bool TransformsQuery { get; init; }

    /// <summary>The header that names the connection and is not forwarded; null when another source does.</summary>
    public string? SelectorHeader => Credential.Connection is { Kind: ConnectionSelector.Way.Header } selector ? selector.Value : null;

    /// <param name="route">As configured.</param>
    /// <param name="cluster">Its cluster; null while it is only validated.</param>
    /// <param name="errors">Gets the reasons; each names key, value and rule.</param>
    /// <returns>Null when the route has no credential, or when it can't be compiled.</returns>
    public static CredentialRoute? Compile(RouteConfig route, ClusterConfig? cluster, ICollection<string> errors)
    {
        if (route.Transforms?.FirstOrDefault(RouteCredentialParser.IsCredential) is not { } transform)
        {
            return null;
        }

        var ownErrors = new List<string>();
        var credential = RouteCredentialParser.Parse(transform, ownErrors);
        var path = RawPathTransform.Compile(route, errors);
        if (path is not null && credential?.Connection is { Kind: ConnectionSelector.Way.RouteValue, Value: var parameter }
            && path.Route.IndexOf(parameter) < 0)
        {
            ownErrors.Add($"{RouteCredentialParser.ConnectionKey}: '{{{parameter}}}' is no parameter of the path '{route.Match.Path}'");
        }

        foreach (var error in ownErrors)
        {
            errors.Add($"{RouteKeys.Of(route, transform)}:{error}");
        }

        if (credential is null || path is null || ownErrors.Count > 0)
        {
            return null;
        }

        return new CredentialRoute(route.RouteId, credential, path)
        {
            ActivityTimeout = cluster?.HttpRequest?.ActivityTimeout ?? DefaultActivityTimeout,
            TransformsQuery = route.Transforms.SelectMany(static one => one.Keys)
                .Intersect(QueryTransforms, StringComparer.OrdinalIgnoreCase).Any(),
        };
    }

    /// <summary>The names that belong to the provider's credential.</summary>
    public InjectedNames NamesOf(Provider provider)
    {
        var names = _names;
        return names is not null && ReferenceEquals(names.Provider, provider) ? names : _names = new InjectedNames(provider);
    }

    /// <summary>True when the connection was granted the scope of the route, or when the route requires none.</summary>
    public bool IsGrantedBy(Credential credential, Provider provider)
    {
        if (Credential.Scope is not { } scope)
        {
            return true;
        }

        // RFC 6749 section 5.1: an answer without a scope means that the requested scopes were granted.
        var granted = credential.Scopes.Count > 0 ? credential.Scopes : provider.OAuth?.Scopes ?? [];
        return granted.Contains(scope, StringComparer.Ordinal);
    }

    /// <summary>The connection that a request asks for; null when the selector finds nothing or no valid name.</summary>
    public string? SelectConnection(HttpRequest request, ReadOnlySpan<char> rawPath, ReadOnlySpan<PathSlice> slices) =>
        Credential.Connection.Kind switch
        {
            ConnectionSelector.Way.Fixed => Credential.Connection.Value,
            ConnectionSelector.Way.RouteValue => Valid(RouteValue(request, slices[_connectionParameter].Of(rawPath))),
            ConnectionSelector.Way.Header => Valid(request.Headers[Credential.Connection.Value]),
            _ => request.Headers.TryGetValue(ConnectionSelector.DefaultHeader, out var named) ? Valid(named) : ConnectionId.DefaultName,
        };

    // Routing has made a string of the decoded value; it is reused when the raw text is the same.
    private string RouteValue(HttpRequest request, ReadOnlySpan<char> raw) =>
        request.RouteValues[Credential.Connection.Value] is string value && raw.SequenceEqual(value) ? value : raw.ToString();

    private static string? Valid(string? name) => ConnectionId.IsValidName(name) ? name : null;
}
