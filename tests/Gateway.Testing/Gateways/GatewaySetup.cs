using System.Text.Json.Nodes;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Builds the providers, routes and connections of one test.</summary>
internal sealed class GatewaySetup
{
    public List<Provider> Providers { get; } = [];

    public List<Connection> Connections { get; } = [];

    public JsonObject ReverseProxy { get; } = new() { ["Routes"] = new JsonObject(), ["Clusters"] = new JsonObject() };

    public Dictionary<string, string?> Settings { get; } = [];

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Further services and logging.</summary>
    public Action<WebApplicationBuilder>? Configure { get; set; }

    /// <summary>A provider of kind Secret with one field <c>token</c>, and its default connection.</summary>
    public GatewaySetup Secret(
        string name, string origin, string token, string header = "Authorization", string template = "Bearer {token}", string? query = null)
    {
        Providers.Add(new Provider
        {
            Name = name,
            Kind = ProviderKind.Secret,
            Origin = Parse(origin),
            Injection = new Injection([new(header, Template(template))], query is null ? [] : [new(query, Template("{token}"))]),
        });
        return Connect(name, ConnectionId.DefaultName, token);
    }

    public GatewaySetup Provider(Provider provider)
    {
        Providers.Add(provider);
        return this;
    }

    public GatewaySetup Connect(string provider, string name, string token)
    {
        Connections.Add(new Connection
        {
            Id = new(provider, name),
            Generation = 1,
            Grant = Grant.None with { Fields = new Dictionary<string, Secret> { ["token"] = new(token) } },
        });
        return this;
    }

    /// <summary>
    /// An OAuth 2 provider, and its default connection with the access token <c>access-0</c> and the grant <c>refresh-0</c>.
    /// </summary>
    public GatewaySetup OAuth(string name, string origin, string tokenEndpoint, Func<Provider, Provider>? change = null)
    {
        var provider = new Provider
        {
            Name = name,
            Kind = ProviderKind.OAuth2,
            Origin = Parse(origin),
            Injection = Injection.Bearer,
            OAuth = new OAuthClient
            {
                Grant = OAuthGrant.AuthorizationCode,
                TokenEndpoint = Parse(tokenEndpoint),
                ClientId = "client-id",
                ClientSecrets = [new("client-secret-canary")],
            },
        };
        Providers.Add(change?.Invoke(provider) ?? provider);
        Connections.Add(new Connection
        {
            Id = new(name, ConnectionId.DefaultName),
            Generation = 1,
            Grant = Grant.None with { RefreshToken = new("refresh-0") },
            Token = new(new("access-0"), Clock.GetUtcNow() + TimeSpan.FromHours(1)),
        });
        return this;
    }

    /// <summary>A route with a cluster of its own.</summary>
    /// <param name="id">The id of route and cluster.</param>
    /// <param name="path">The pattern that it matches.</param>
    /// <param name="destination">The cluster's only destination.</param>
    /// <param name="transforms">Lines of JSON without braces: <c>"PathPattern": "/v1/{**path}"</c>.</param>
    public GatewaySetup Route(string id, string path, string destination, params string[] transforms)
    {
        ReverseProxy["Routes"]![id] = new JsonObject
        {
            ["ClusterId"] = id,
            ["Match"] = new JsonObject { ["Path"] = path },
            ["Transforms"] = new JsonArray([.. transforms.Select(static one => JsonNode.Parse($"{{{one}}}"))]),
        };
        ReverseProxy["Clusters"]![id] = new JsonObject
        {
            ["Destinations"] = new JsonObject { ["only"] = new JsonObject { ["Address"] = destination } },
        };
        return this;
    }

    /// <summary>Changes the JSON of a route or cluster.</summary>
    public GatewaySetup With(string kind, string id, string key, string json)
    {
        ReverseProxy[kind]![id]![key] = JsonNode.Parse(json);
        return this;
    }

    public static UriTemplate Parse(string text) =>
        UriTemplate.TryParse(text, out var uri) ? uri : throw new ArgumentException("Not a URI.", nameof(text));

    public static TextTemplate Template(string text) =>
        TextTemplate.TryParse(text, out var template) ? template : throw new ArgumentException("Not a template.", nameof(text));
}
