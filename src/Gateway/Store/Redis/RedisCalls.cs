using Gateway.Model;
using Gateway.Observability;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>
/// All calls to Redis go through here: each has a deadline, is measured, and fails with <see cref="StoreUnavailableException"/> only.
/// </summary>
internal sealed class RedisCalls(RedisLink link, StoreReadiness readiness, TimeProvider clock, GatewayMetrics metrics)
{
    // The client reconnects at once when a connection breaks; the next attempt waits this long for it.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // Less than the deadline, so that the reported reason is "unreachable" and not "timeout".
    private static readonly TimeSpan Patience = RedisConfiguration.Deadline * 0.6;

    /// <param name="operation">A word of a closed set, for the metric and the message.</param>
    /// <param name="call">The call. It may be abandoned at the deadline; whether it took effect is then unknown.</param>
    /// <param name="isConflict">
    /// True for an answer that means that a comparison failed, for the metric; null when there is no such answer.
    /// </param>
    /// <exception cref="StoreUnavailableException">No answer before the deadline, or an error.</exception>
    public ValueTask<T> RunAsync<T>(
        string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken, Func<T, bool>? isConflict = null) =>
        CountAsync(operation, () => AskAsync(call), isConflict, cancellationToken);

    /// <summary>
    /// As <see cref="RunAsync"/>, for calls that may take effect twice: when the connection breaks, the call is repeated on the next one,
    /// for about 600 ms while the store counts as ready. Once the store is known to be unavailable, the call fails at once.
    /// </summary>
    /// <inheritdoc cref="RunAsync" path="/param|/exception"/>
    public ValueTask<T> RunIdempotentAsync<T>(
        string operation, Func<IDatabase, Task<T>> call, CancellationToken cancellationToken, Func<T, bool>? isConflict = null) =>
        CountAsync(operation, () => AskAgainAsync(call, cancellationToken), isConflict, cancellationToken);

    private async ValueTask<T> CountAsync<T>(
        string operation, Func<Task<T>> ask, Func<T, bool>? isConflict, CancellationToken cancellationToken)
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
