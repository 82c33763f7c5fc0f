using System.Text;

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

/// <summary>
/// A request as it was received. The head never changes. Body and status may be read once the client has the answer; for an endpoint
/// that streams, wait for <see cref="Completed"/>.
/// </summary>
internal sealed class RecordedRequest
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required string Method { get; init; }

    /// <summary>The request target, one char for each byte (Latin-1); for HTTP/2 the <c>:path</c>.</summary>
    public required string Target { get; init; }

    /// <summary><c>HTTP/1.0</c>, <c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>
    /// For HTTP/1.1 in the order and spelling received, with duplicates. For HTTP/2 with duplicates, but without the order among names.
    /// </summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The same for all requests of one connection.</summary>
    public required string ConnectionId { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The body without transfer coding; at most <see cref="RequestRecording.BodyCapture"/> bytes.</summary>
    public byte[] Body { get; internal set; } = [];

    /// <summary>Length of the complete body.</summary>
    public long BodyLength { get; internal set; }

    /// <summary>Status of the answer; 0 before the answer, and if the connection was reset.</summary>
    public int Status { get; internal set; }

    /// <summary>Completes when the request was answered or its connection reset; the record does not change afterwards.</summary>
    public Task Completed => _completed.Task;

    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>The target without the query.</summary>
    public string Path => Target.Split('?', 2)[0];

    /// <summary>The value of a header; null if it is absent. Throws if there are several.</summary>
    public string? Header(string name) => HeaderValues(name).SingleOrDefault();

    public IReadOnlyList<string> HeaderValues(string name) =>
        [.. Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    internal void Complete() => _completed.TrySetResult();
}
