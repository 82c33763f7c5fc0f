using Gateway.Credentials.Connections;
using Gateway.Credentials.Providers;
using Gateway.Credentials.Storage;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Clients;

/// <summary>
/// Runs a refresh under what is known of its provider's alarm. While one stands, refreshes end without a call, except for one at a time, on
/// whatever instance, once the alarm's backoff is over: that one is the probe for all.
/// </summary>
internal sealed class RefreshAdmission(
    RefreshTransaction transaction, InterimRefresh interim, ProviderAlarms alarms, IConnectionStore store, TimeProvider clock)
{
    // A probe waits for its connection's lease and then for the token endpoint.
    private static readonly TimeSpan ProbeMargin = TimeSpan.FromSeconds(30);

    public async Task<RefreshResult> RunAsync(RefreshRequest request)
    {
        var client = request.Provider.OAuth!;
        var standing = await alarms.LookAsync(request.Provider.Name, client, now: false);
        request = request.With(standing);
        var result = request.Alarm is null ? await transaction.RunAsync(request) : await RunAlarmedAsync(request, client);
        return result.IsStoreAway ? await interim.TryRunAsync(request) ?? result : result;
    }

    private async Task<RefreshResult> RunAlarmedAsync(RefreshRequest request, OAuthClient client)
    {
        if (request.Alarm!.RetryAt > clock.GetUtcNow() || await TryTakeProbeAsync(request.Provider.Name, client) is not { } probe)
        {
            return await transaction.RunAsync(request);
        }

        try
        {
            // Another instance may have probed since this one looked.
            var standing = await alarms.LookAsync(request.Provider.Name, client, now: true);
            var mayCall = standing.Alarm is not { } alarm || alarm.RetryAt <= clock.GetUtcNow();
            return await transaction.RunAsync(mayCall ? request with { Alarm = null } : request.With(standing));
        }
        finally
        {
            await ReleaseAsync(probe);
        }
    }

    // No connection's lease: no provider has an empty name.
    private async Task<Lease?> TryTakeProbeAsync(string provider, OAuthClient client)
    {
        try
        {
            return await store.TryLeaseAsync(new ConnectionId("", provider), client.TokenTimeout + ProbeMargin, CancellationToken.None);
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
            // It runs out by itself.
        }
    }
}
