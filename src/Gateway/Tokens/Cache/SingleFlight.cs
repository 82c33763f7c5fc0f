using System.Collections.Concurrent;
using System.Diagnostics;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// At most one piece of work per connection in this process. The work is detached from its callers: it runs without their cancellation
/// tokens, culture, span or other ambient state, and ends by its own deadlines.
/// </summary>
internal sealed class SingleFlight<TRequest, TResult>(Func<Flight<TRequest, TResult>, Task<TResult>> work)
{
    // Added by the first caller; removed by the flight itself before it lands: a caller that comes after the removal starts anew and finds
    // in the store what this flight left there.
    private readonly ConcurrentDictionary<ConnectionId, Flight<TRequest, TResult>> _flights = new();

    /// <summary>What is in the air now.</summary>
    public IEnumerable<Task> InFlight => _flights.Select(static pair => pair.Value.Landed);

    /// <summary>The flight of a connection, started when there is none.</summary>
    /// <param name="request">What to do, when this caller is the first.</param>
    /// <param name="started">True for the one caller whose request it carries out.</param>
    public Flight<TRequest, TResult> Join(ConnectionId id, TRequest request, out bool started)
    {
        var flight = _flights.GetOrAdd(id, static (_, mine) => new(mine), request);
        started = flight.TryStart();
        if (started)
        {
            // Unsafe means "without the caller's execution context".
            ThreadPool.UnsafeQueueUserWorkItem(
                static it => _ = it.Item1.FlyAsync(it.id, it.flight), (this, id, flight), preferLocal: false);
        }

        return flight;
    }

    private async Task FlyAsync(ConnectionId id, Flight<TRequest, TResult> flight)
    {
        try
        {
            var result = await work(flight);
            _flights.TryRemove(new(id, flight));
            flight.Land(result);
        }
        catch (Exception e)
        {
            _flights.TryRemove(new(id, flight));
            flight.Crash(e);
        }
    }
}

/// <summary>One piece of work that several callers wait for.</summary>
internal sealed class Flight<TRequest, TResult>(TRequest request)
{
    // Continuations run elsewhere: a thousand waiters don't run one after the other on the thread that finished the work.
    private readonly TaskCompletionSource<TResult> _landed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // 0 until one of the callers that met here took off; the others race to see 1.
    private int _started;

    /// <summary>What the caller who started it asked for.</summary>
    public TRequest Request { get; } = request;

    /// <summary>The result. A waiter waits with its own cancellation token and cancels nothing but its wait.</summary>
    public Task<TResult> Landed => _landed.Task;

    /// <summary>
    /// The span of the work, here or on another instance: written by the work, read after it landed. Default when it is not recorded.
    /// </summary>
    public ActivityContext Span { get; set; }

    public bool TryStart() => Interlocked.Exchange(ref _started, 1) == 0;

    public void Land(TResult result) => _landed.SetResult(result);

    public void Crash(Exception exception)
    {
        _landed.SetException(exception);

        // Every waiter may have given up: observe it here.
        _ = _landed.Task.Exception;
    }
}
