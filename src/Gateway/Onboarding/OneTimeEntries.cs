using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

using Gateway.Model;

namespace Gateway.Onboarding;

/// <summary>Objects of one kind in the <see cref="IOnceStore"/>, each under the hash of a random token.</summary>
internal sealed class OneTimeEntries<T>(IOneTimeStore store, string kind, JsonTypeInfo<T> json, TimeProvider clock)
    where T : class
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public ValueTask PutAsync(string token, T value, TimeSpan lifetime) =>
        store.PutAsync(Key(token), JsonSerializer.SerializeToUtf8Bytes(value, json), lifetime, CancellationToken.None);

    /// <returns>False when the store did not answer: it has the value, or not.</returns>
    public async Task<bool> TryPutAsync(string token, T value, TimeSpan lifetime)
    {
        try
        {
            await PutAsync(token, value, lifetime);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Puts it as soon as the store answers, unless its life is over by then.</summary>
    public async Task PutPatientlyAsync(string token, T value, TimeSpan lifetime)
    {
        var end = clock.GetUtcNow() + lifetime;
        while (end - clock.GetUtcNow() is var left && left > TimeSpan.Zero && !await TryPutAsync(token, value, left))
        {
            await Task.Delay(Pause, clock);
        }
    }

    public async ValueTask<T?> PeekAsync(string token, CancellationToken cancellationToken) =>
        RandomToken.IsWellFormed(token) ? Read(await store.PeekAsync(Key(token), cancellationToken)) : null;

    /// <summary>Not to be abandoned halfway: what was taken is nowhere else.</summary>
    public async ValueTask<T?> TakeAsync(string token) =>
        RandomToken.IsWellFormed(token) ? Read(await store.TakeAsync(Key(token), CancellationToken.None)) : null;

    private string Key(string token) => $"{kind}:{RandomToken.HashOf(token)}";

    private T? Read(byte[]? bytes) => bytes is null ? null : JsonSerializer.Deserialize(bytes, json);
}
