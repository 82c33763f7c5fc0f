using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

using Gateway.Credentials;

namespace Gateway.Onboarding;

/// <summary>Objects in the store of things that are taken once, each under the hash of a random token.</summary>
internal sealed class Kept<T>(IOnceStore store, string kind, JsonTypeInfo<T> json)
    where T : class
{
    public ValueTask PutAsync(string token, T value, TimeSpan lifetime) =>
        store.PutAsync(Key(token), JsonSerializer.SerializeToUtf8Bytes(value, json), lifetime, CancellationToken.None);

    public async ValueTask<T?> PeekAsync(string token, CancellationToken cancellationToken) =>
        RandomToken.IsWellFormed(token) ? Read(await store.PeekAsync(Key(token), cancellationToken)) : null;

    /// <summary>Not to be abandoned halfway: what was taken is nowhere else.</summary>
    public async ValueTask<T?> TakeAsync(string token) =>
        RandomToken.IsWellFormed(token) ? Read(await store.TakeAsync(Key(token), CancellationToken.None)) : null;

    private string Key(string token) => $"{kind}:{RandomToken.HashOf(token)}";

    private T? Read(byte[]? bytes) => bytes is null ? null : JsonSerializer.Deserialize(bytes, json);
}
