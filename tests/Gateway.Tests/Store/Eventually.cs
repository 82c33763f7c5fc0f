using System.Diagnostics;

namespace Gateway.Tests.Store;

/// <summary>Waits for a condition that other processes bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    /// <summary>Waits for a value; tells the last one seen when it does not come.</summary>
    public static async Task EqualAsync(string expected, Func<string> actual)
    {
        var start = Stopwatch.GetTimestamp();
        while (actual() != expected && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(20);
        }

        Assert.Equal(expected, actual());
    }

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "What was waited for did not come.");
            await Task.Delay(20);
        }
    }
}
