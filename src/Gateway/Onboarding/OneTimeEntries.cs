using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

using Duende.IdentityModel;

using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding;

/// <summary>Objects of one kind in the <see cref="IOneTimeStore"/>, each under the hash of a <see cref="RandomToken"/>.</summary>
internal sealed class OneTimeEntries<T>(IOneTimeStore store, string kind, TimeProvider clock)
    where T : class
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly JsonTypeInfo<T> Json = (JsonTypeInfo<T>)StoredJson.Default.GetTypeInfo(typeof(T))!;

    public ValueTask PutAsync(string token, T value, TimeSpan lifetime) =>
        store.PutAsync(Key(token), JsonSerializer.SerializeToUtf8Bytes(value, Json), lifetime, CancellationToken.None);

    /// <returns>False when the store did not answer: it may have the value or not.</returns>
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

    /// <summary>Retries every second until the store has the value or its lifetime is over.</summary>
    public async Task PutWithRetryAsync(string token, T value, TimeSpan lifetime)
    {
        var end = clock.GetUtcNow() + lifetime;
        while (end - clock.GetUtcNow() is var left && left > TimeSpan.Zero && !await TryPutAsync(token, value, left))
        {
            await Task.Delay(Pause, clock);
        }
    }

    public async ValueTask<T?> PeekAsync(string token, CancellationToken cancellationToken) =>
        RandomToken.IsWellFormed(token) ? Read(await store.PeekAsync(Key(token), cancellationToken)) : null;

    /// <summary>Ignores cancellation: the value is deleted by the time it is returned.</summary>
    public async ValueTask<T?> TakeAsync(string token) =>
        RandomToken.IsWellFormed(token) ? Read(await store.TakeAsync(Key(token), CancellationToken.None)) : null;

    private string Key(string token) => $"{kind}:{RandomToken.HashOf(token)}";

    private static T? Read(byte[]? bytes) => bytes is null ? null : JsonSerializer.Deserialize(bytes, Json);
}

/// <summary>256 random bits in base64url (43 characters), and the hash under which the related entry is stored.</summary>
internal static class RandomToken
{
    private const int Bytes = 32;
    private const int Length = 43;

    public static string Create() => CryptoRandom.CreateUniqueId(Bytes);

    /// <summary>False for a value that cannot have been issued: it is not looked up.</summary>
    public static bool IsWellFormed([NotNullWhen(true)] string? token) => token?.Length == Length && Base64Url.IsValid(token);

    /// <summary>SHA-256, lower-case hexadecimal.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Compares in constant time.</summary>
    public static bool IsHashOf(string? token, string hash) =>
        token is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(HashOf(token)), Encoding.ASCII.GetBytes(hash));
}

[JsonSourceGenerationOptions(AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ConnectLink))]
[JsonSerializable(typeof(PendingConsent))]
[JsonSerializable(typeof(ConsentOutcome))]
[JsonSerializable(typeof(ConnectionSummary))]
internal sealed partial class StoredJson : JsonSerializerContext;
