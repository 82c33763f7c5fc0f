using Gateway.Model;

namespace Gateway.Tests.Store;

public sealed class InMemoryStoreTests(InMemoryStoreTests.Pair pair) : ConnectionStoreContract(pair), IClassFixture<InMemoryStoreTests.Pair>
{
    public sealed class Pair : StorePair
    {
        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

        protected override Task<(IConnectionStore First, IConnectionStore Second)> StartAsync()
        {
            var store = new InMemoryConnectionStore(TimeProvider.System);
            return Task.FromResult<(IConnectionStore, IConnectionStore)>((store, store));
        }
    }
}
