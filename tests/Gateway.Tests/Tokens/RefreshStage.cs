using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tests.Tokens;

/// <summary>A token endpoint, a store, one instance and a manual clock, to run a refresh step by step.</summary>
public abstract class RefreshStage : IAsyncLifetime
{
    private protected ManualClock Clock { get; } = new();

    /// <summary>The clock of a frozen process; the store and the other instances have their own.</summary>
    private protected ManualClock StoppedClock { get; } = new();

    private protected InMemoryConnectionStore Store { get; private set; } = null!;

    private protected TokenServer Server { get; private set; } = null!;

    private protected GatewayInstance Instance { get; private set; } = null!;

    private protected Provider Provider { get; set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Store = new(Clock);
        Server = await TokenServer.StartAsync();
        Provider = Some.Provider(Server.Url);
        Instance = new(Store, Clock);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await Instance.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task<CredentialResult> GetAsync(GatewayInstance? instance = null) =>
        await (instance ?? Instance).Broker.GetAsync(Provider, Some.Acme, CancellationToken.None);

    private protected async Task<CredentialResult> ReplaceAsync(Credential rejected) =>
        await Instance.Broker.ReplaceAsync(Provider, rejected, null, CancellationToken.None);

    /// <summary>Replaces a rejected credential, as a request to this path does after a 401.</summary>
    private protected async Task<CredentialResult> ReplaceAsync(Credential rejected, string path, GatewayInstance? instance = null) =>
        await (instance ?? Instance).Broker.ReplaceAsync(Provider, rejected, RejectionLimits.KeyOf("GET", path), CancellationToken.None);

    /// <summary>The state left by an instance that stopped between begin and commit; the lease has expired.</summary>
    private protected async Task InterruptAsync(string instance = "elsewhere")
    {
        var begin = new RefreshBegin(
            Some.Acme, AttemptId.New(instance), (await StoredAsync())!.TokenGeneration, TimeSpan.FromSeconds(30))
        { Insists = true };
        var begun = await Store.BeginAsync(begin, CancellationToken.None);
        Assert.Equal(BeginState.Begun, begun.State);
        Store.EndLease(Some.Acme);
    }

    private protected Task<RefreshResult> RefreshAsync() => Instance.Broker.RefreshAsync(Provider, Some.Acme, CancellationToken.None);

    private protected async Task<Connection?> StoredAsync() => await Store.ReadAsync(Some.Acme, CancellationToken.None);

    private protected Task<Connection> StoreExpiredAsync() => StoreAsync(Some.Connection(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    private protected Task<Connection> StoreUsableAsync() => StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(1)));

    private protected async Task<Connection> StoreAsync(Connection next, long expectedGeneration = 0) =>
        await Store.TryWriteAsync(next, expectedGeneration, CancellationToken.None) ?? throw new InvalidOperationException("Not stored.");

    /// <summary>Replaces the stored connection, as an operator does.</summary>
    private protected async Task<Connection> PutAsync(Connection content) =>
        (await new ConnectionWriter(Store).ReplaceAsync(Some.Acme, content, CancellationToken.None))!.Value.Stored;

    /// <summary>Runs an action between the arrival of the token request and its answer.</summary>
    private protected void DuringTheCall(Func<Task> happen) => Server.Answer = async (context, form) =>
    {
        Server.Answer = Server.RotateAsync;
        await happen();
        await Server.RotateAsync(context, form);
    };

    /// <summary>Resumes the frozen process until its pending work is done.</summary>
    private protected Task LandsAsync(Func<Connection, bool> isIt, string otherwise) => Eventually.TrueAsync(
        async () =>
        {
            StoppedClock.Advance(TimeSpan.FromMilliseconds(100));
            return isIt((await StoredAsync())!);
        },
        () => otherwise);

    private protected static void AssertServes(CredentialResult result, string token, long generation)
    {
        Assert.True(result.TryGet(out var credential, out var failure), failure?.Detail);
        Assert.Equal(("Bearer " + token, generation), (credential.Headers.Single().Value, credential.Generation));
    }

    private protected static void AssertRefuses(CredentialResult result, GatewayError error)
    {
        Assert.False(result.TryGet(out var credential, out var failure), credential?.ToString());
        Assert.Equal(error, failure.Error);
    }
}
