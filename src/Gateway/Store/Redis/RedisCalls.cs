using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Availability;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>The one door to Redis: every call has a deadline, is counted, and fails in one way.</summary>
internal sealed class RedisCalls(RedisLink link, StoreReadiness readiness, TimeProvider clock, GatewayMetrics metrics)
{
    // The client connects again at once when a connection broke; this is how long it is left alone to do so.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Short of the deadline, so that what is said in the end is that nobody answers, not that it took long.
    private static readonly TimeSpan Patience = RedisConfiguration.Deadline * 0.6;

    /// <param name="operation">A word of a closed set, for the metric and the message.</param>
    /// <param name="call">What to ask; may be abandoned at the deadline, and then has or has not happened.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isConflict">Tells an answer that is a lost comparison; null when there is none.</param>
    /// <exception cref="StoreUnavailableException">No answer in time, or an answer that is a refusal.</exception>
    public ValueTask<T> RunAsync<T>(
        string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken, Func<T, bool>? isConflict = null) =>
        CountAsync(operation, () => AskAsync(call), isConflict, cancellationToken);

    /// <summary>
    /// As <see cref="RunAsync"/>, for what may happen twice: a connection that breaks under it is not the end of it. It is asked again on the
    /// next one, for some 600 ms, while the store counts as there; once it is known to be away, callers learn so at once.
    /// </summary>
    /// <inheritdoc cref="RunAsync" path="/param|/exception"/>
    public ValueTask<T> RunIdempotentAsync<T>(
        string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken, Func<T, bool>? isConflict = null) =>
        CountAsync(operation, () => AskAgainAsync(call, cancellationToken), isConflict, cancellationToken);

    private async ValueTask<T> CountAsync<T>(string operation, Func<Task<T>> ask, Func<T, bool>? isConflict, CancellationToken cancellationToken)
    {
        var since = clock.GetTimestamp();
        try
        {
            var answer = await ask().WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
            metrics.StoreOperation(operation, isConflict?.Invoke(answer) == true ? "conflict" : "success", clock.GetElapsedTime(since));
            return answer;
        }
        catch (Exception e) when (RedisFault.WordForCall(e, cancellationToken) is { } word)
        {
            metrics.StoreOperation(operation, word == RedisFault.Timeout ? "timeout" : "error", clock.GetElapsedTime(since));
            throw RedisFault.Unavailable(operation, word);
        }
    }

    private async Task<T> AskAgainAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await AskAsync(call);
            }
            catch (Exception e) when (RedisFault.WordForCall(e, cancellationToken) == RedisFault.Unreachable
                && readiness.IsReady && clock.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(Pause, clock, cancellationToken);
            }
        }
    }

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> call) => await call((await link.Multiplexer).GetDatabase());
}
