using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Circuit;

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
        var result = await RunStoredAsync(request);
        return result.IsStoreAway ? await interim.TryRunAsync(request.With(StandingOf(request))) ?? result : result;
    }

    private ClientStanding StandingOf(RefreshRequest request) => alarms.StandingOf(request.Provider.Name, request.Provider.OAuth!);

    // Both are asked at the same time: neither the alarm nor the store is waited for twice.
    private async Task<RefreshResult> RunStoredAsync(RefreshRequest request)
    {
        var client = request.Provider.OAuth!;
        var looking = alarms.LookAsync(request.Provider.Name, client, now: false);
        request = request.With(StandingOf(request));
        if (request.Alarm is null)
        {
            var result = await transaction.RunAsync(request, AlarmOf(looking));
            if (result.Outcome != RefreshOutcome.Configuration || (request = request.With(await looking)).Alarm is null)
            {
                return result;
            }
        }

        return request.Alarm is { } alarm ? await RunAlarmedAsync(request, alarm, client) : await transaction.RunAsync(request);
    }

    private static async Task<ProviderAlarm?> AlarmOf(Task<ClientStanding> looking) => (await looking).Alarm;

    private async Task<RefreshResult> RunAlarmedAsync(RefreshRequest request, ProviderAlarm alarm, OAuthClient client)
    {
        if (alarm.RetryAt > clock.GetUtcNow() || await TryTakeProbeAsync(request.Provider.Name, client) is not { } probe)
        {
            return await EndAsync(request);
        }

        try
        {
            // Another instance may have probed since this one looked.
            var standing = await alarms.LookAsync(request.Provider.Name, client, now: true);
            var mayCall = standing.Alarm is not { } still || still.RetryAt <= clock.GetUtcNow();
            return mayCall ? await transaction.RunAsync(request with { Alarm = null }) : await EndAsync(request.With(standing));
        }
        finally
        {
            await ReleaseAsync(probe);
        }
    }

    // The alarm is the verdict on what a look found to be done.
    private Task<RefreshResult> EndAsync(RefreshRequest request) => transaction.RunAsync(request);

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
