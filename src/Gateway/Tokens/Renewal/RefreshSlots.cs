using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// How many background refreshes of each provider may run at once in this process. Requests that wait for a refresh take no slot: they are
/// never queued behind those that nobody waits for.
/// </summary>
internal sealed class RefreshSlots
{
    private readonly ConcurrentDictionary<string, Pool> _pools = new(StringComparer.Ordinal);

    /// <summary>How many are free at this moment; a request may take them in the next.</summary>
    public int CountFree(Provider provider) => Of(provider).CountFree(LimitOf(provider));

    /// <summary>Takes a slot if one is free; it is to be given back once.</summary>
    public bool TryTake(Provider provider) => Of(provider).TryTake(LimitOf(provider));

    /// <summary>Takes a slot as soon as one is free.</summary>
    public async Task TakeAsync(Provider provider, CancellationToken cancellationToken)
    {
        for (var free = NextFree(provider); !TryTake(provider); free = NextFree(provider))
        {
            await free.WaitAsync(cancellationToken);
        }
    }

    public void GiveBack(Provider provider) => Of(provider).GiveBack();

    /// <summary>Completes when a slot is given back; to be taken before looking for one, so that none is missed in between.</summary>
    public Task NextFree(Provider provider) => Of(provider).NextFree;

    // Of the configuration in force: after it was lowered, more may be taken than it allows.
    private static int LimitOf(Provider provider) => provider.OAuth!.MaxParallelRefreshes;

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

        public int CountFree(int limit)
        {
            lock (_gate)
            {
                return Math.Max(0, limit - _taken);
            }
        }

        public bool TryTake(int limit)
        {
            lock (_gate)
            {
                if (_taken >= limit)
                {
                    return false;
                }

                _taken++;
                return true;
            }
        }

        public void GiveBack()
        {
            lock (_gate)
            {
                _taken--;
                _free.TrySetResult();
                _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
