using System.Diagnostics;

namespace Gateway.Tokens.Refreshing;

/// <summary>One piece of work that several callers wait for.</summary>
internal sealed class Flight<TRequest, TResult>(TRequest request)
{
    // Continuations run elsewhere: a thousand waiters don't run one after the other on the thread that finished the work.
    private readonly TaskCompletionSource<TResult> _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // 0 until one of the callers that met here took off; the others race to see 1.
    private int _started;

    /// <summary>What the caller who started it asked for.</summary>
    public TRequest Request { get; } = request;

    /// <summary>The result. A waiter waits with his own cancellation token and cancels nothing but his wait.</summary>
    public Task<TResult> Landed => _landed.Task;

    /// <summary>The span of the work, here or on another instance: written by the work, read after it landed. Default when nobody listens.</summary>
    public ActivityContext Span { get; set; }

    public bool TryStart() => Interlocked.Exchange(ref _started, 1) == 0;

    public void Land(TResult result) => _landed.SetResult(result);

    public void Crash(Exception exception)
    {
        _landed.SetException(exception);

        // Every waiter may be gone: then nobody else observes it.
        _ = _landed.Task.Exception;
    }
}
