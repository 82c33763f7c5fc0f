using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>A socket operation to be awaited by one waiter, and again after <see cref="GetResult"/>; its own awaiter.</summary>
public sealed class SocketAwaitableEventArgs : SocketAsyncEventArgs, ICriticalNotifyCompletion
{
    private const int Pending = int.MinValue;
    private static readonly Action Ended = () => { };
    private readonly PipeScheduler scheduler;

    // Completion and Abort race for it; the first to exchange Pending for its error wins, the other is without effect.
    private int outcome = Pending;

    // Null, the waiter, or Ended. The waiter and the end exchange it, and whoever finds the other there runs the waiter.
    private Action? continuation;

    // Set once by GetResult, so that an Abort meant for the first operation does not end one that has not begun.
    private volatile bool used;

    public SocketAwaitableEventArgs(PipeScheduler? scheduler)
        : base(true) => this.scheduler = scheduler ?? PipeScheduler.Inline;

    public bool IsCompleted => ReferenceEquals(Volatile.Read(ref continuation), Ended);

    public SocketAwaitableEventArgs GetAwaiter() => this;

    /// <exception cref="SocketException">The operation failed or was aborted.</exception>
    public int GetResult()
    {
        var error = (SocketError)outcome;
        used = true;
        Volatile.Write(ref continuation, null);
        Volatile.Write(ref outcome, Pending);
        return error == SocketError.Success ? BytesTransferred : throw new SocketException((int)error);
    }

    /// <summary>For an operation that the socket says is done already.</summary>
    public void Complete() => End(SocketError);

    /// <summary>
    /// Ends the wait with an error if nothing has ended it yet. The client's connect timeout calls it after a success too, when the
    /// result has been fetched: hence nothing happens to used arguments that nobody waits for.
    /// </summary>
    public void Abort(SocketError error)
    {
        if (!used || Volatile.Read(ref continuation) is not null)
        {
            End(error);
        }
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        if (Interlocked.CompareExchange(ref this.continuation, continuation, null) is not null)
        {
            Run(continuation);
        }
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => End(SocketError);

    private void End(SocketError error)
    {
        if (Interlocked.CompareExchange(ref outcome, (int)error, Pending) == Pending
            && Interlocked.Exchange(ref continuation, Ended) is { } waiter)
        {
            Run(waiter);
        }
    }

    private void Run(Action waiter) => scheduler.Schedule(static action => ((Action)action!)(), waiter);
}
