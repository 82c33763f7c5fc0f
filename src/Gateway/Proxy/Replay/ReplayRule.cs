using Gateway.Model;
using Gateway.Proxy.Routes;

namespace Gateway.Proxy.Replay;

/// <summary>Whether a request may be sent a second time, as far as route, method and the length of its body say.</summary>
internal static class ReplayRule
{
    /// <returns>What stands in the way; null for nothing.</returns>
    public static ReplayAction? Obstacle(RouteCredential route, HttpRequestMessage request) => route.Replay switch
    {
        ReplayPolicy.Never => ReplayAction.Disabled,
        ReplayPolicy.Safe when !IsSafe(request) => ReplayAction.Method,
        _ => request.Content?.Headers.ContentLength > route.ReplayBodyLimit ? ReplayAction.Body : null,
    };

    private static bool IsSafe(HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || request.Headers.NonValidated.Contains("Idempotency-Key");
}
