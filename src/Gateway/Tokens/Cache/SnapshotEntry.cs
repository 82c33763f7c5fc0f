using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens.Cache;

/// <summary>What this process last learned about one connection.</summary>
/// <param name="connection">Null when nothing was stored: kept so that an older read can't bring a removed connection back.</param>
/// <param name="order">When the knowledge was asked for, as a number that grows through the process.</param>
/// <param name="learnedAt">When the knowledge was asked for, as time.</param>
internal sealed class SnapshotEntry(ConnectionId id, Connection? connection, long order, DateTimeOffset learnedAt)
{
    private static readonly TimeSpan RereadAfter = TimeSpan.FromSeconds(15);

    // Replaced by whichever request first comes with another configuration; requests of both may alternate during a reload, and
    // each gets what fits its own.
    private volatile Rendering? _rendering;

    // The second chance before eviction: set by requests, cleared by the eviction. A lost update costs a read of the store.
    private volatile bool _used;

    // Ticks; moved on by the one request that claims the next read.
    private long _rereadAt = (learnedAt + RereadAfter).UtcTicks;

    public ConnectionId Id => id;

    public Connection? Connection => connection;

    public long Generation => connection?.Generation ?? 0;

    public long TokenGeneration => connection?.TokenGeneration ?? 0;

    public long Order => order;

    public DateTimeOffset LearnedAt => learnedAt;

    /// <summary>True when it has a place among the candidates for eviction. Read and written under the snapshot's lock.</summary>
    public bool IsCandidate { get; set; }

    /// <summary>The connection rendered for a provider; call only when there is one.</summary>
    public Rendering For(Provider provider)
    {
        MarkUsed();
        return _rendering is { } rendering && ReferenceEquals(rendering.Provider, provider)
            ? rendering
            : _rendering = new Rendering(provider, connection!);
    }

    /// <summary>True for one caller per interval.</summary>
    public bool TryClaimReread(DateTimeOffset now) => Claim.TryTake(ref _rereadAt, now, RereadAfter);

    /// <summary>A change may have been missed: the next request has the connection read again, and is served meanwhile.</summary>
    public void MarkStale() => Volatile.Write(ref _rereadAt, 0);

    /// <summary>Clears the used flag; true if it was unset, so that the entry may be evicted.</summary>
    public bool ClearUsed()
    {
        var used = _used;
        _used = false;
        return !used;
    }

    private void MarkUsed()
    {
        // Written only when it changes, so that warm requests share the cache line.
        if (!_used)
        {
            _used = true;
        }
    }
}

/// <summary>A connection as one configuration of its provider puts it on the wire.</summary>
internal sealed class Rendering
{
    // A renewal that could not even be recorded, because the store is away, is tried again after this.
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(5);

    private readonly Freshness _freshness;

    // Ticks; moved on by the one request that claims the renewal.
    private long _renewAt;

    public Rendering(Provider provider, Connection connection)
    {
        Provider = provider;
        var jitter = (uint)HashCode.Combine(connection.Id, connection.Generation) / (uint.MaxValue + 1.0);
        _freshness = Freshness.Of(connection, provider.OAuth, jitter);
        _renewAt = _freshness.RenewAt.UtcTicks;
        Credential = CredentialRenderer.TryRender(provider, connection, out var credential) ? credential : null;
    }

    public Provider Provider { get; }

    /// <summary>Null when the connection lacks a field or has no token yet.</summary>
    public Credential? Credential { get; }

    public bool TryServe(DateTimeOffset now, [NotNullWhen(true)] out Credential? credential)
    {
        credential = _freshness.At(now) == Freshness.State.MustRefresh ? null : Credential;
        return credential is not null;
    }

    public bool MustRefresh(DateTimeOffset now) => _freshness.At(now) == Freshness.State.MustRefresh;

    /// <summary>True for one caller per interval once a renewal is due.</summary>
    public bool TryClaimRenewal(DateTimeOffset now) => Claim.TryTake(ref _renewAt, now, RenewAgainAfter);
}

/// <summary>Until when a connection's token serves, and from when on it is renewed in the background.</summary>
/// <param name="RenewAt">Before this there is nothing to do; <see cref="DateTimeOffset.MaxValue"/> when a refresh has no prospect.</param>
/// <param name="UsableUntil">
/// From here on a caller must wait for a refresh; <see cref="DateTimeOffset.MinValue"/> without a usable token.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Freshness(DateTimeOffset RenewAt, DateTimeOffset UsableUntil)
{
    private static readonly Freshness Never = new(DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);

    /// <param name="client">Null for secrets, which do not expire.</param>
    /// <param name="jitter">From 0 to below 1, this connection's share of the jitter.</param>
    public static Freshness Of(Connection connection, OAuthClient? client, double jitter)
    {
        if (client is null)
        {
            return Never;
        }

        var usableUntil = connection is { Token: { } token, IsRejected: false }
            ? token.ExpiresAt
            : DateTimeOffset.MinValue;
        return new(RenewalTerms.Of(connection).DueAt(client, jitter), usableUntil);
    }

    public State At(DateTimeOffset now) => now >= UsableUntil ? State.MustRefresh : now >= RenewAt ? State.RenewSoon : State.Usable;

    /// <summary>What a token is good for.</summary>
    internal enum State
    {
        /// <summary>Send it.</summary>
        Usable,

        /// <summary>Send it, and renew it meanwhile.</summary>
        RenewSoon,

        /// <summary>There is nothing to send before a refresh.</summary>
        MustRefresh,
    }
}

/// <summary>Work that is due at a time and that one of many requests takes on.</summary>
internal static class Claim
{
    /// <summary>True for the one caller that moved <paramref name="dueTicks"/> on.</summary>
    public static bool TryTake(ref long dueTicks, DateTimeOffset now, TimeSpan interval)
    {
        var due = Volatile.Read(ref dueTicks);
        return now.UtcTicks >= due && Interlocked.CompareExchange(ref dueTicks, (now + interval).UtcTicks, due) == due;
    }
}

/// <summary>Turns a connection into what goes on the wire, once per generation.</summary>
internal static class CredentialRenderer
{
    /// <returns>False when the connection lacks a field that the provider's templates or its origin want.</returns>
    public static bool TryRender(Provider provider, Connection connection, [NotNullWhen(true)] out Credential? credential)
    {
        credential = null;
        var missing = provider.Injection.FieldNames.Any(name => Find(provider, connection, name) is null);
        if (missing || !provider.Origin.TryExpand(connection.Fields, out var origin))
        {
            return false;
        }

        string ValueOf(string name) => Find(provider, connection, name)!;
        credential = new Credential
        {
            Connection = connection.Id,
            Generation = connection.TokenGeneration,
            Origin = origin,
            Headers = [.. provider.Injection.Headers.Select(header => KeyValuePair.Create(header.Key, header.Value.Expand(ValueOf)))],
            Query = [.. provider.Injection.Query.Select(
                pair => KeyValuePair.Create(Uri.EscapeDataString(pair.Key), Uri.EscapeDataString(pair.Value.Expand(ValueOf))))],
            SecretValues = [.. provider.Injection.FieldNames.Where(name => !provider.Fields.ContainsKey(name)).Select(ValueOf)],
            Renewable = provider.Kind == ProviderKind.OAuth2,
            ExpiresAt = connection.Token?.ExpiresAt ?? DateTimeOffset.MaxValue,
            Scopes = connection.Scopes,
        };
        return true;
    }

    private static string? Find(Provider provider, Connection connection, string name)
    {
        if (name == Injection.AccessToken && provider.Kind == ProviderKind.OAuth2)
        {
            return connection.Token?.Value.Reveal();
        }

        return provider.Secrets.TryGetValue(name, out var secret) || connection.Grant.Fields.TryGetValue(name, out secret)
            ? secret.Reveal()
            : connection.Fields.GetValueOrDefault(name);
    }
}
