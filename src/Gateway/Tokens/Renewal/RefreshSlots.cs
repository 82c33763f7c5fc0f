using System.Collections.Concurrent;

using Gateway.Credentials;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// How many background refreshes of each provider may run at once in this process. Requests that wait for a refresh take no slot: they are
/// never queued behind those that nobody waits for.
/// </summary>
internal sealed class RefreshSlots
{
    private readonly ConcurrentDictionary<string, Pool> _pools = new(StringComparer.Ordinal);

    /// <summary>Takes as many slots as are free, at most <paramref name="wanted"/>.</summary>
    /// <returns>How many were taken; each is to be given back once.</returns>
    public int Take(Provider provider, int wanted) => Of(provider).Take(wanted, provider.OAuth!.MaxParallelRefreshes);

    public void GiveBack(Provider provider, int count) => Of(provider).GiveBack(count);

    /// <summary>Completes when a slot is given back; to be taken before <see cref="Take"/>, so that none is missed in between.</summary>
    public Task NextFree(Provider provider) => Of(provider).NextFree;

    private Pool Of(Provider provider) => _pools.GetOrAdd(provider.Name, static _ => new Pool());

    private sealed class Pool
    {
        // Guards both fields; held for a few instructions.
        private readonly Lock _gate = new();
        private TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _taken;

        public Task NextFree
        {
            get
            {
                lock (_gate)
                {
                    return _free.Task;
                }
            }
        }

        // The limit is the one of the configuration in force; after it was lowered, more may be taken than it allows.
        public int Take(int wanted, int limit)
        {
            lock (_gate)
            {
                var count = Math.Clamp(limit - _taken, 0, wanted);
                _taken += count;
                return count;
            }
        }

        public void GiveBack(int count)
        {
            lock (_gate)
            {
                _taken -= count;
                _free.TrySetResult();
                _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
