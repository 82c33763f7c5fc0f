namespace Gateway.Benchmarks;

/// <summary>The one route and the one provider that are measured.</summary>
internal static class GatewayConfiguration
{
    /// <summary>A token that outlives the measurement.</summary>
    public static object Grant { get; } = new
    {
        refreshToken = "bench-refresh",
        accessToken = Contender.Authorization["Bearer ".Length..],
        expiresIn = 86400,
    };

    /// <param name="origin">The third party's address, with a slash at the end.</param>
    public static string For(string origin) => $$"""
        {
          "Providers": { "bench": {
            "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{origin}}",
            "AuthorizationEndpoint": "{{origin}}authorize", "TokenEndpoint": "{{origin}}token",
            "ClientId": "bench", "ClientSecret": "bench-secret" } },
          "ReverseProxy": {
            "Routes": { "bench": { "ClusterId": "bench", "Match": { "Path": "/bench/{**path}" },
              "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "bench" } ] } },
            "Clusters": { "bench": { "Destinations": { "origin": { "Address": "{{origin}}" } } } }
          }
        }
        """;
}
