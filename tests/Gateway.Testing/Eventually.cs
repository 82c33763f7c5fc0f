using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>Waits for a condition of another process or thread by polling it.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest wait: long enough for a loaded machine, short enough to report a test that hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">The condition was still false after <paramref name="limit"/>.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> complaint)
    {
        using var timer = new PeriodicTimer(Interval);
        var asked = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(asked) > limit)
            {
                throw new TimeoutException(complaint());
            }

            await timer.WaitForNextTickAsync();
        }
    }

    public static Task TrueAsync(Func<Task<bool>> condition, Func<string> complaint) => TrueAsync(condition, Patience, complaint);

    public static Task TrueAsync(Func<bool> condition, string complaint) => TrueAsync(() => Task.FromResult(condition()), () => complaint);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static Task TrueAsync(Func<Task<bool>> condition) =>
        TrueAsync(condition, Patience, static () => "The condition did not become true.");

    /// <summary>Waits for a value; the exception shows the last value seen.</summary>
    public static Task EqualAsync(string expected, Func<string> actual) =>
        TrueAsync(() => Task.FromResult(actual() == expected), Patience, () => $"Expected '{expected}', last seen '{actual()}'.");

    /// <summary>
    /// As <see cref="TrueAsync(Func{Task{bool}})"/>, through a client that may be reconnecting: its errors mean that the condition is not
    /// true yet.
    /// </summary>
    public static Task SucceedsAsync(Func<Task<bool>> condition) => TrueAsync(async () =>
    {
        try
        {
            return await condition();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    });
}
