using StackExchange.Redis;

namespace Gateway.Testing;

/// <summary>Waits for a condition of another process or thread by asking again, never for a time alone.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>How long to wait for what must come: a loaded machine may take its time; a test that hangs is to say so all the same.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="TimeoutException">The condition did not come true within <paramref name="limit"/>.</exception>
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

    public static Task TrueAsync(Func<Task<bool>> condition) => TrueAsync(condition, Patience, static () => "What was waited for did not come.");

    /// <summary>Waits for a value; tells the last one seen when it does not come.</summary>
    public static Task EqualAsync(string expected, Func<string> actual) =>
        TrueAsync(() => Task.FromResult(actual() == expected), Patience, () => $"'{expected}' was waited for; it is '{actual()}'.");

    /// <summary>As <see cref="TrueAsync(Func{Task{bool}})"/>, through a client that is connecting again: its errors mean not yet.</summary>
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
