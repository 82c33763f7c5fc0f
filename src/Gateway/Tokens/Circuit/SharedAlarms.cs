using System.Text.Json;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tokens.Circuit;

/// <summary>
/// The alarms of all instances, in the distributed cache. One that is lost there is raised again by the next call that is refused; a cache
/// that is away delays a call by half a second at most and makes none fail.
/// </summary>
internal sealed partial class SharedAlarms(IDistributedCache cache, TimeProvider clock, ILogger<SharedAlarms> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    // A provider that nobody asked for a day is asked again.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    /// <summary>Brings a standing up to what other instances know.</summary>
    public async Task LookAsync(ClientStanding standing)
    {
        var before = standing.Alarm;
        var (known, shared) = await ReadAsync(standing.Provider);
        if (!known || !ReferenceEquals(before, standing.Alarm))
        {
            // The cache is away, or a call of this instance has said something meanwhile.
            return;
        }

        if (shared?.Client == standing.Fingerprint)
        {
            standing.Update(shared.Alarm, shared: true);
        }
        else if (shared is null && standing.IsShared)
        {
            // Over: another instance got a token.
            standing.Update(null, shared: false);
        }
        else if (shared is null && before is not null)
        {
            await TellAsync(standing, before);
        }
    }

    /// <summary>Sets the alarm here and everywhere.</summary>
    public async Task TellAsync(ClientStanding standing, ProviderAlarm alarm)
    {
        standing.Update(alarm, shared: false);
        var value = JsonSerializer.SerializeToUtf8Bytes(new SharedAlarm(standing.Fingerprint, alarm), SharedAlarmJson.Default.SharedAlarm);
        var told = await TryAsync(
            standing.Provider,
            () => cache.SetAsync(KeyOf(standing.Provider), value, new() { AbsoluteExpirationRelativeToNow = Lifetime }, CancellationToken.None));
        if (told && ReferenceEquals(standing.Alarm, alarm))
        {
            standing.Update(alarm, shared: true);
        }
    }

    /// <summary>Ends the alarm here and everywhere.</summary>
    public async Task EndAsync(ClientStanding standing)
    {
        var (_, shared) = await ReadAsync(standing.Provider);
        if (shared?.Client == standing.Fingerprint)
        {
            await TryAsync(standing.Provider, () => cache.RemoveAsync(KeyOf(standing.Provider), CancellationToken.None));
        }

        // Last: a look that saw the alarm there meanwhile notices that it has changed here.
        standing.Update(null, shared: false);
    }

    private static string KeyOf(string provider) => $"provider-alarm:{provider}";

    private async Task<(bool Known, SharedAlarm? Shared)> ReadAsync(string provider)
    {
        SharedAlarm? shared = null;
        var known = await TryAsync(provider, async () => shared = await cache.GetAsync(KeyOf(provider), CancellationToken.None) is { } value
            ? JsonSerializer.Deserialize(value, SharedAlarmJson.Default.SharedAlarm)
            : null);
        return (known, known ? shared : null);
    }

    // The cache is somebody else's code behind an interface that names no exceptions.
    private async Task<bool> TryAsync(string provider, Func<Task> call)
    {
        try
        {
            await call().WaitAsync(Patience, clock);
            return true;
        }
        catch (Exception e)
        {
            Log.Unshared(logger, provider, e.GetType().Name);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2070, LogLevel.Debug, "The alarm of provider {Provider} is not shared now ({Cause}).")]
        public static partial void Unshared(ILogger logger, string provider, string cause);
    }
}
