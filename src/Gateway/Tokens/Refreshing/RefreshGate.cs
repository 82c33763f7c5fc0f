using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Runs a refresh if its provider's circuit lets it through. While the circuit is open, a refresh ends without a call, except for one probe at a
/// time on all instances, once the backoff is over.
/// </summary>
internal sealed class RefreshGate(
    RefreshTransaction transaction, InterimRefresh interim, ProviderCircuits circuits, IConnectionStore store, TimeProvider clock)
{
    // A probe waits for its connection's lease and then for the token endpoint.
    private static readonly TimeSpan ProbeMargin = TimeSpan.FromSeconds(30);

    public async Task<RefreshResult> RunAsync(RefreshRequest request)
    {
        var circuit = circuits.Find(request.Provider.Name, request.Provider.OAuth!);
        request = request.With(circuit);
        var result = request.Alarm is { } open ? await RunOpenAsync(request, open, circuit) : await transaction.RunAsync(request);
        return result.IsStoreAway ? await interim.TryRunAsync(request.With(circuit)) ?? result : result;
    }

    private async Task<RefreshResult> RunOpenAsync(RefreshRequest request, OpenCircuit open, ProviderCircuit circuit)
    {
        if (!MayProbe(request, open) || await TryLeaseProbeAsync(request) is not { } probe)
        {
            return await transaction.RunAsync(request);
        }

        try
        {
            // Another instance may have sent a probe since this one looked.
            await circuits.LookUpAsync(circuit);
            request = request.With(circuit);
            return await transaction.RunAsync(request.Alarm is { } still && MayProbe(request, still) ? request with { Alarm = null } : request);
        }
        finally
        {
            // No caller waits for it.
            _ = ReleaseAsync(probe);
        }
    }

    private bool MayProbe(RefreshRequest request, OpenCircuit open) => open.RetryAtFor(request.Connection.Name) <= clock.GetUtcNow();

    // Not the lease of a connection: no provider has an empty name.
    private async Task<Lease?> TryLeaseProbeAsync(RefreshRequest request)
    {
        try
        {
            return await store.TryLeaseAsync(
                new ConnectionId("", request.Provider.Name), request.Provider.OAuth!.TokenTimeout + ProbeMargin, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async Task ReleaseAsync(Lease probe)
    {
        try
        {
            await store.ReleaseAsync(probe, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The lease ends by itself.
        }
    }
}
