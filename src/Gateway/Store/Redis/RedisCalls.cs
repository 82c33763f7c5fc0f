using Gateway.Credentials.Storage;
using Gateway.Observability;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>The one door to Redis: every call has a deadline, is counted, and fails in one way.</summary>
internal sealed class RedisCalls(RedisLink link, TimeProvider clock, GatewayMetrics metrics)
{
    /// <param name="operation">A word of a closed set, for the metric and the message.</param>
    /// <param name="call">What to ask; may be abandoned at the deadline, and then has or has not happened.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isConflict">Tells an answer that is a lost comparison; null when there is none.</param>
    /// <exception cref="StoreUnavailableException">No answer in time, or an answer that is a refusal.</exception>
    public async ValueTask<T> RunAsync<T>(
        string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken, Func<T, bool>? isConflict = null)
    {
        var since = clock.GetTimestamp();
        try
        {
            var answer = await AskAsync(call).WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
            metrics.StoreOperation(operation, isConflict?.Invoke(answer) == true ? "conflict" : "success", clock.GetElapsedTime(since));
            return answer;
        }
        catch (Exception e) when (RedisFault.WordForCall(e, cancellationToken) is { } word)
        {
            metrics.StoreOperation(operation, word == RedisFault.Timeout ? "timeout" : "error", clock.GetElapsedTime(since));
            throw RedisFault.Unavailable(operation, word);
        }
    }

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> call) => await call((await link.Multiplexer).GetDatabase());
}
