namespace Gateway.Tests.Tokens;

/// <summary>Waits for what another thread is about to do.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task BecomesAsync(Func<bool> condition, string what)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(until) < Patience, $"Still not so: {what}");
            await Task.Delay(5);
        }
    }
}
