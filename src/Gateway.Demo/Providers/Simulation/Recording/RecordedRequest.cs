using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>
/// A request as it came on the wire. The head never changes. Whoever has the answer may read body and status, unless the endpoint
/// streams: then <see cref="Completed"/> says when the body is whole.
/// </summary>
internal sealed class RecordedRequest
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required string Method { get; init; }

    /// <summary>The request target byte for byte, one char per byte (Latin-1). Of HTTP/2: the <c>:path</c>.</summary>
    public required string Target { get; init; }

    /// <summary><c>HTTP/1.0</c>, <c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Of HTTP/1.1 in wire order, duplicates and case kept. Of HTTP/2 duplicates are kept, order among names is not.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>Equal for requests that shared a connection.</summary>
    public required string ConnectionId { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Body bytes without transfer framing; at most <see cref="RequestRecording.BodyCapture"/> of them.</summary>
    public byte[] Body { get; internal set; } = [];

    /// <summary>How long the body was, kept or not.</summary>
    public long BodyLength { get; internal set; }

    /// <summary>The status that was answered; 0 as long as none was, and for ever when the connection was cut.</summary>
    public int Status { get; internal set; }

    /// <summary>Completes when the request has been served or cut; after that nothing here changes.</summary>
    public Task Completed => _completed.Task;

    public string BodyText => Encoding.UTF8.GetString(Body);

    /// <summary>The target up to the query.</summary>
    public string Path => Target.Split('?', 2)[0];

    /// <summary>The one value of a header; null when absent. Throws when it came twice.</summary>
    public string? Header(string name) => HeaderValues(name).SingleOrDefault();

    public IReadOnlyList<string> HeaderValues(string name) =>
        [.. Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    internal void Complete() => _completed.TrySetResult();
}
