using System.Text;

namespace Gateway.Testing.TcpFaults;

/// <summary>
/// Holds the first piece of traffic that contains a text until the test releases it. It holds one piece on one connection; later pieces of
/// that connection and direction wait behind it, all other traffic passes. The test awaits <see cref="Arrived"/> and calls
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
    /// Completes when the piece is held; for <see cref="HoldPoint.Answer"/> when the answer is held, so that the target has acted. (With
    /// several requests in flight on the connection this may be the answer to an earlier one.)
    /// </summary>
    public Task Arrived => _arrived.Task;

    /// <summary>Lets the piece pass, now or when it arrives.</summary>
    public void Open() => _passes.TrySetResult(true);

    /// <summary>Drops the piece and resets the connection on both ends, now or when it arrives.</summary>
    public void Cut() => _passes.TrySetResult(false);

    internal bool IsNext() => _skip-- == 0;

    /// <returns>Whether the piece may pass.</returns>
    internal Task<bool> KeepAsync(CancellationToken cancellationToken)
    {
        _arrived.TrySetResult();
        return _passes.Task.WaitAsync(cancellationToken);
    }
}
