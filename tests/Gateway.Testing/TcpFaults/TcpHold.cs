using System.Text;

namespace Gateway.Testing.TcpFaults;

/// <summary>
/// One piece of traffic, waited for by a text in it and then kept until the test says what becomes of it. It takes one piece on one
/// connection; that connection's direction waits behind it, everything else flows. The test awaits <see cref="Arrived"/> and calls
/// <see cref="Open"/> or <see cref="Cut"/>; the pumps of the connection wait.
/// </summary>
internal sealed class TcpHold(string text, HoldPoint point, int skip)
{
    private readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _passes = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _skip = skip; // Counted under the link's lock.

    public HoldPoint Point => point;

    public byte[] Pattern { get; } = Encoding.ASCII.GetBytes(text);

    /// <summary>
    /// Done when the piece is here and kept: for <see cref="HoldPoint.Answer"/> the answer, so that whoever gave it has acted.
    /// (Where several requests are under way on the connection, that may be the answer to an earlier one.)
    /// </summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Lets it pass, now or whenever it comes.</summary>
    public void Open() => _passes.TrySetResult(true);

    /// <summary>Drops it and resets the connection on both ends, now or whenever it comes.</summary>
    public void Cut() => _passes.TrySetResult(false);

    internal bool IsNext() => _skip-- == 0;

    /// <returns>Whether the piece may pass.</returns>
    internal Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _passes.Task.WaitAsync(cancellationToken);
    }
}
