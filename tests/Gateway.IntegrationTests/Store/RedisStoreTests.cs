using Gateway.Model;

namespace Gateway.IntegrationTests.Store;

public sealed class RedisStoreTests(RedisStoreTests.Pair pair) : ConnectionStoreContract(pair), IClassFixture<RedisStoreTests.Pair>
{
    public sealed class Pair : StorePair
    {
        private readonly Stack<IAsyncDisposable> _started = new();

        public override async ValueTask DisposeAsync()
        {
            while (_started.TryPop(out var last))
            {
                await last.DisposeAsync();
            }
        }

        protected override async Task<(IConnectionStore First, IConnectionStore Second)> StartAsync()
        {
            var server = await RedisServer.StartAsync();
            _started.Push(server);
            var first = await StoreHost.ReadyOnRedisAsync(server.Configuration);
            _started.Push(first);
            var second = await StoreHost.ReadyOnRedisAsync(server.Configuration);
            _started.Push(second);
            return (first.Store, second.Store);
        }
    }
}
