using Gateway.Store.Embedded;
using Gateway.Store.Redis;

using Microsoft.Extensions.Options;

namespace Gateway.Store.Availability;

/// <summary>
/// First of the hosted services: starts the embedded server when there is no Redis, and connects. A folder in use or a wrong setting stops
/// the start; a Redis that is away does not.
/// </summary>
internal sealed class StoreStart(IOptions<StoreOptions> options, RedisLink link, TimeProvider clock) : IHostedService, IDisposable
{
    private EmbeddedServer? _embedded;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var store = options.Value;
        _embedded = store.IsEmbedded ? EmbeddedServer.Start(new StoreDirectory(store.Path)) : null;
        var configuration = RedisConfiguration.Create(_embedded?.Configuration ?? store.Redis, _embedded is null ? store.CaFile : null);
        var connecting = link.ConnectAsync(configuration);

        // A Redis that answers is there before the first request; one that does not keeps nobody waiting.
        await Task.WhenAny(connecting, Task.Delay(RedisConfiguration.Deadline, clock, cancellationToken));
        if (connecting.IsCompleted)
        {
            await connecting;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not in StopAsync: whatever stops after this one may still write.
    public void Dispose() => _embedded?.Dispose();
}
