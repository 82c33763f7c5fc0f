using Gateway.Model;

namespace Gateway.IntegrationTests.Store;

/// <summary>The store contract on a cluster, where the keys of a connection are on one node and its index on others.</summary>
public sealed class ClusterStoreTests(ClusterStoreTests.Pair pair) : ConnectionStoreContract(pair), IClassFixture<ClusterStoreTests.Pair>
{
    public sealed class Pair : StorePair
    {
        private readonly SharedCluster _cluster = new();
        private readonly Stack<IAsyncDisposable> _started = new();

        public override async ValueTask DisposeAsync()
        {
            while (_started.TryPop(out var last))
            {
                await last.DisposeAsync();
            }

            await _cluster.DisposeAsync();
        }

        protected override async Task<(IConnectionStore First, IConnectionStore Second)> StartAsync()
        {
            var first = await StoreHost.ReadyOnRedisAsync(await _cluster.ConfigurationAsync());
            _started.Push(first);
            var second = await StoreHost.ReadyOnRedisAsync(await _cluster.ConfigurationAsync());
            _started.Push(second);
            return (first.Store, second.Store);
        }
    }
}
