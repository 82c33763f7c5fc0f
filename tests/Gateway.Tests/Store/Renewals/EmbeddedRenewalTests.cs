using Gateway.Store.Embedded;

namespace Gateway.Tests.Store.Renewals;

public sealed class EmbeddedRenewalTests(EmbeddedRenewalTests.Pair pair) : RenewalScheduleContract(pair),
    IClassFixture<EmbeddedRenewalTests.Pair>
{
    public sealed class Pair : RenewalPair
    {
        private protected override Task<string> StartServerAsync(Stack<IAsyncDisposable> started)
        {
            var server = new Server();
            started.Push(server);
            return Task.FromResult(server.Configuration);
        }

        private sealed class Server : IAsyncDisposable
        {
            private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-store-");
            private readonly EmbeddedServer _server;

            public Server() => _server = EmbeddedServer.Start(new StoreDirectory(_folder.FullName));

            public string Configuration => _server.Configuration();

            public ValueTask DisposeAsync()
            {
                _server.Dispose();
                _folder.Delete(recursive: true);
                return ValueTask.CompletedTask;
            }
        }
    }
}
