namespace Gateway.Demo.Providers;

/// <summary>
/// Holds requests until a test opens the gate, and reports how many have arrived, so that tests need no sleeps.
/// Requests and tests use it from any thread; one lock guards the count and the waiters.
/// </summary>
internal sealed class Gate
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(int Count, TaskCompletionSource Reached)> _waiters = [];
    private int _arrived;

    /// <summary>Number of requests that have arrived at the gate so far.</summary>
    public int Arrived
    {
        get
        {
            lock (_lock)
            {
                return _arrived;
            }
        }
    }

    public void Open() => _open.TrySetResult();

    /// <summary>Completes when <paramref name="count"/> requests have arrived at the gate.</summary>
    public Task ArrivalsAsync(int count = 1)
    {
        lock (_lock)
        {
            if (_arrived >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((count, reached));
            return reached.Task;
        }
    }

    internal Task PassAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            _arrived++;
            foreach (var (_, reached) in _waiters.Where(waiter => waiter.Count <= _arrived))
            {
                reached.TrySetResult();
            }
        }

        return _open.Task.WaitAsync(cancellation);
    }
}
