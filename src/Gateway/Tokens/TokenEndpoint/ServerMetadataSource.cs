using System.Collections.Concurrent;
using System.Net;

using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// Metadata documents: from memory, else from the cache that all instances share, else from the server. The last good one outlives a
/// server that is away or talks nonsense.
/// </summary>
internal sealed class ServerMetadataSource(OutboundSockets sockets, IDistributedCache cache, TimeProvider clock) : IDisposable
{
    private const int MaxDocumentBytes = 256 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);
    private static readonly TimeSpan SharedFor = TimeSpan.FromDays(1);

    private readonly HttpClient _client = new(sockets.CreateHandler()) { Timeout = Deadline, MaxResponseContentBufferSize = MaxDocumentBytes };

    // By address; as many as the configuration names. Two first readers fetch twice, and the later one's word stays.
    private readonly ConcurrentDictionary<Uri, (ServerMetadata Metadata, DateTimeOffset ReadAt)> _known = new();

    /// <returns>Null when there is none to be had now.</returns>
    public async Task<ServerMetadata?> FindAsync(Uri address, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(address, out var known) && clock.GetUtcNow() - known.ReadAt < FreshFor)
        {
            return known.Metadata;
        }

        if (await FetchAsync(address, cancellationToken) is { } body && ServerMetadataReader.Read(body, address) is { } metadata)
        {
            await ShareAsync(address, body, cancellationToken);
            return Keep(address, metadata);
        }

        return known.Metadata ?? (await SharedAsync(address, cancellationToken) is { } shared && ServerMetadataReader.Read(shared, address) is { } old
            ? Keep(address, old)
            : null);
    }

    public void Dispose() => _client.Dispose();

    private ServerMetadata Keep(Uri address, ServerMetadata metadata)
    {
        _known[address] = (metadata, clock.GetUtcNow());
        return metadata;
    }

    private async Task<byte[]?> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(address, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task ShareAsync(Uri address, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            await cache.SetAsync(Key(address), body, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = SharedFor }, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // It only spares others the call.
        }
    }

    private async Task<byte[]?> SharedAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await cache.GetAsync(Key(address), cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static string Key(Uri address) => $"discovery:{address.AbsoluteUri}";
}
