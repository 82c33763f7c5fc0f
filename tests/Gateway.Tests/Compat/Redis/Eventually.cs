using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>Waits for a condition while the client is connecting again.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await IsTrueAsync(condition))
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private static async Task<bool> IsTrueAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return false;
        }
    }
}
