namespace Gateway.Demo.Providers;

/// <summary>
/// The requests that a host has received, oldest first, up to a capacity. Requests write while tests read; one lock guards all fields.
/// </summary>
/// <param name="capacity">Number of requests that are kept.</param>
internal sealed class RequestLog(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<RecordedRequest> _requests = new();
    private readonly List<Waiter> _waiters = [];
    private long _total;

    /// <summary>Number of requests since the start or the last <see cref="Clear"/>, including those no longer kept.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    /// <summary>The most recent request. Throws if there is none.</summary>
    public RecordedRequest Last => Snapshot()[^1];

    public IReadOnlyList<RecordedRequest> Snapshot()
    {
        lock (_gate)
        {
            return [.. _requests];
        }
    }

    /// <summary>Requests whose path (without query) is <paramref name="path"/>.</summary>
    public IReadOnlyList<RecordedRequest> At(string path) =>
        [.. Snapshot().Where(request => request.Path.Equals(path, StringComparison.Ordinal))];

    public void Clear()
    {
        lock (_gate)
        {
            _requests.Clear();
            _total = 0;
        }
    }

    /// <summary>Completes when <paramref name="count"/> matching requests, kept or new, were found.</summary>
    public async Task WaitForAsync(Func<RecordedRequest, bool> matches, int count = 1, CancellationToken cancellation = default)
    {
        var waiter = new Waiter(matches, count);
        lock (_gate)
        {
            foreach (var request in _requests)
            {
                waiter.See(request);
            }

            _waiters.Add(waiter);
        }

        await waiter.Reached.WaitAsync(cancellation);
    }

    internal void Add(RecordedRequest request)
    {
        lock (_gate)
        {
            _total++;
            _requests.Enqueue(request);
            if (_requests.Count > capacity)
            {
                _requests.Dequeue();
            }

            _waiters.RemoveAll(waiter => waiter.See(request));
        }
    }

    private sealed class Waiter(Func<RecordedRequest, bool> matches, int count)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task Reached => _reached.Task;

        /// <summary>Must be called under the log's lock.</summary>
        /// <returns>Whether the wait is over.</returns>
        public bool See(RecordedRequest request)
        {
            if (_left > 0 && matches(request))
            {
                _left--;
            }

            return _left <= 0 && (_reached.TrySetResult() || true);
        }
    }
}
