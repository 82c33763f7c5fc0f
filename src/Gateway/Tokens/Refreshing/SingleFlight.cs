using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// At most one piece of work per connection in this process. The work belongs to nobody: it runs without any caller's cancellation
/// token, culture, span or other ambient state, and ends by its own deadlines.
/// </summary>
internal sealed class SingleFlight<TRequest, TResult>(Func<Flight<TRequest, TResult>, Task<TResult>> work)
{
    // Added by whoever comes first, removed by the flight itself and by nobody else, before it lands: who comes after the removal
    // starts anew and finds in the store what this flight left there.
    private readonly ConcurrentDictionary<ConnectionId, Flight<TRequest, TResult>> _flights = new();

    /// <summary>What is in the air now.</summary>
    public IEnumerable<Task> InFlight => _flights.Select(static pair => pair.Value.Landed);

    /// <summary>The flight of a connection, started when there is none.</summary>
    /// <param name="id">The connection.</param>
    /// <param name="request">What to do, when this caller is the first.</param>
    /// <param name="started">True for the one caller whose request it carries out.</param>
    public Flight<TRequest, TResult> Join(ConnectionId id, TRequest request, out bool started)
    {
        var flight = _flights.GetOrAdd(id, static (_, mine) => new(mine), request);
        started = flight.TryStart();
        if (started)
        {
            // Unsafe is the word for "without the caller's execution context".
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
            Remove(id, flight);
            flight.Land(result);
        }
        catch (Exception e)
        {
            Remove(id, flight);
            flight.Crash(e);
        }
    }

    private void Remove(ConnectionId id, Flight<TRequest, TResult> flight) => _flights.TryRemove(new(id, flight));
}
