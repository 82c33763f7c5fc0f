using Gateway.Model;
using Gateway.Store.Embedded;

namespace Gateway.Tests.Store;

public sealed class EmbeddedStoreTests(EmbeddedStoreTests.Pair pair) : ConnectionStoreContract(pair), IClassFixture<EmbeddedStoreTests.Pair>
{
    public sealed class Pair : StorePair
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-store-");
        private readonly Stack<IAsyncDisposable> _started = new();
        private EmbeddedServer? _server;

        public override async ValueTask DisposeAsync()
        {
            while (_started.TryPop(out var last))
            {
                await last.DisposeAsync();
            }

            _server?.Dispose();
            _folder.Delete(recursive: true);
        }

        protected override async Task<(IConnectionStore First, IConnectionStore Second)> StartAsync()
        {
            _server = EmbeddedServer.Start(new StoreDirectory(_folder.FullName));
            var first = await StoreHost.ReadyOnRedisAsync(_server.Configuration());
            _started.Push(first);
            var second = await StoreHost.ReadyOnRedisAsync(_server.Configuration());
            _started.Push(second);
            return (first.Store, second.Store);
        }
    }
}
