using Gateway.Model;

namespace Gateway.Testing;

/// <summary>The one-time store in memory.</summary>
internal sealed class InMemoryOneTimeStore(TimeProvider clock) : IOneTimeStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Value, DateTimeOffset Until)> _values = new(StringComparer.Ordinal);

    /// <summary>While true, every call throws <see cref="StoreUnavailableException"/>.</summary>
    public bool Away { get; set; }

    public IReadOnlyCollection<string> Keys
    {
        get
        {
            lock (_gate)
            {
                return [.. _values.Keys];
            }
        }
    }

    public ValueTask PutAsync(string key, ReadOnlyMemory<byte> value, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        lock (_gate)
        {
            Check();
            _values[key] = (value.ToArray(), clock.GetUtcNow() + lifetime);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<byte[]?> PeekAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check();
            return ValueTask.FromResult(_values.TryGetValue(key, out var kept) && kept.Until > clock.GetUtcNow() ? kept.Value : null);
        }
    }

    public ValueTask<byte[]?> TakeAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Check();
            return ValueTask.FromResult(_values.Remove(key, out var kept) && kept.Until > clock.GetUtcNow() ? kept.Value : null);
        }
    }

    private void Check()
    {
        if (Away)
        {
            throw new StoreUnavailableException("The store of this test is unavailable.");
        }
    }
}
