using System.Net;

using Gateway.Credentials;
using Gateway.Tokens;

namespace Gateway.Admin;

/// <summary>Asks a provider whether it takes a credential: one GET, no redirects, nothing kept of the answer but its status.</summary>
internal sealed class CredentialVerifier(OutboundSockets sockets) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(Handler(sockets)) { Timeout = Deadline };

    /// <param name="credential">Rendered, with the origin that it belongs to.</param>
    /// <param name="path">Path and query below that origin.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The provider's status, or why there is none.</returns>
    public async Task<(HttpStatusCode Status, CredentialFailure? Failure)> VerifyAsync(
        Credential credential, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Target(credential, path));
        foreach (var (name, value) in credential.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        try
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (response.StatusCode, null);
        }
        catch (HttpRequestException)
        {
            return (default, new(GatewayError.UpstreamUnreachable, "The provider could not be reached, or its answer made no sense."));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (default, new(GatewayError.UpstreamTimeout, $"No answer within {Deadline.TotalSeconds:0} seconds."));
        }
    }

    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler Handler(OutboundSockets sockets)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        sockets.Apply(handler);
        return handler;
    }

    private static Uri Target(Credential credential, string path)
    {
        var target = $"{credential.Origin.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}";
        foreach (var (name, value) in credential.Query)
        {
            target += $"{(target.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={value}";
        }

        return new Uri(target);
    }
}
