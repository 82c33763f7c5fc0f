using Gateway.Model;
using Gateway.Store.Encryption;

namespace Gateway.Store.KeyRotation;

/// <summary>What a walk over all records found. Filled by one walk, then only read.</summary>
internal sealed class KeyUse(EncryptionKeyRing ring)
{
    private readonly Dictionary<string, long> _records = ring.All.ToDictionary(static key => key.Name, static _ => 0L, StringComparer.Ordinal);

    /// <summary>Records that were sealed anew on the way.</summary>
    public long Resealed { get; private set; }

    /// <summary>Records that are none, or whose secrets do not open with the keys that they name.</summary>
    public long Unreadable { get; private set; }

    public long Active => _records[ring.Active.Name];

    /// <summary>Records that hold a secret sealed with a key of the ring that is not the active one.</summary>
    public long Old => ring.All.Skip(1).Sum(key => _records[key.Name]);

    /// <summary>Records that hold a secret sealed with a key that is not in the ring.</summary>
    public long Unknown => _records.Where(pair => !IsConfigured(pair.Key)).Sum(static pair => pair.Value);

    /// <summary>The ring's keys in its order, then those that are missing.</summary>
    public IReadOnlyList<StoreKey> Keys =>
    [
        .. ring.All.Select(key => new StoreKey(key.Name, key == ring.Active, IsConfigured: true, _records[key.Name])),
        .. _records.Where(pair => !IsConfigured(pair.Key)).Select(static pair => new StoreKey(pair.Key, IsActive: false, IsConfigured: false, pair.Value)),
    ];

    /// <summary>True when all that these secrets need is the active key.</summary>
    public bool IsUpToDate(IReadOnlyList<string?> keys) => keys is [] || (keys is [{ } only] && only == ring.Active.Name);

    /// <summary>True when each of these keys is at hand.</summary>
    public bool CanOpen(IReadOnlyList<string?> keys) => keys.All(key => key is not null && IsConfigured(key));

    public void Count(IReadOnlyList<string?> keys)
    {
        foreach (var key in keys.OfType<string>())
        {
            _records[key] = _records.GetValueOrDefault(key) + 1;
        }

        if (keys.Any(static key => key is null))
        {
            Unreadable++;
        }
    }

    public void CountResealed()
    {
        Resealed++;
        _records[ring.Active.Name]++;
    }

    public void CountUnreadable() => Unreadable++;

    private bool IsConfigured(string name) => ring.All.Any(key => key.Name == name);
}
