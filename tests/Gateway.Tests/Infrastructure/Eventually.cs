namespace Gateway.Tests.Infrastructure;

/// <summary>Waits for a condition of another process or thread by asking again, never for a time alone.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

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

    public static Task TrueAsync(Func<bool> condition, string complaint) =>
        TrueAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(20), () => complaint);
}
