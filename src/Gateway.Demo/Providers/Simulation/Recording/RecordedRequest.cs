using System.Text;

namespace Gateway.Demo.Providers;

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

    /// <summary>For HTTP/1.1 in the order and spelling received, with duplicates. For HTTP/2 with duplicates, but without the order among names.</summary>
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
