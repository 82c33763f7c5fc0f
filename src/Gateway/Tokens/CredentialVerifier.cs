using System.Net;
using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tokens;

/// <summary>Asks a provider whether it accepts a credential: one GET, no redirects.</summary>
internal sealed class CredentialVerifier(OutboundSockets sockets) : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new(sockets.CreateHandler())
    {
        Timeout = Deadline,
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    /// <param name="credential">Rendered, with the origin that it belongs to.</param>
    /// <param name="path">Path and query below that origin.</param>
    /// <returns>The provider's status, or why there is none.</returns>
    public async Task<(HttpStatusCode Status, CredentialFailure? Failure)> VerifyAsync(
        Credential credential, string path, CancellationToken cancellationToken)
    {
        var (status, _, failure) = await AskAsync(credential, path, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (status, failure);
    }

    /// <summary>As <see cref="VerifyAsync"/>, with the answer, which describes the account.</summary>
    /// <returns>Also the answer; null when it is not a JSON object.</returns>
    public Task<(HttpStatusCode Status, JsonElement? Account, CredentialFailure? Failure)> DescribeAsync(
        Credential credential, string path, CancellationToken cancellationToken) =>
        AskAsync(credential, path, HttpCompletionOption.ResponseContentRead, cancellationToken);

    public void Dispose() => _client.Dispose();

    private async Task<(HttpStatusCode Status, JsonElement? Account, CredentialFailure? Failure)> AskAsync(
        Credential credential, string path, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        using var request = CredentialRequest.Create(HttpMethod.Get, credential, path);
        try
        {
            using var response = await _client.SendAsync(request, completion, cancellationToken);
            var isRead = completion == HttpCompletionOption.ResponseContentRead;
            return (response.StatusCode, isRead ? Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken)) : null, null);
        }
        catch (HttpRequestException)
        {
            const string detail = "The provider could not be reached, or its answer was not readable.";
            return (default, null, new(GatewayError.UpstreamUnreachable, detail));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (default, null, new(GatewayError.UpstreamTimeout, $"No answer within {Deadline.TotalSeconds:0} seconds."));
        }
    }

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
