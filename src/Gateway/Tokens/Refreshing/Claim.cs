namespace Gateway.Tokens.Refreshing;

/// <summary>Work that is due at a time and that one of many requests takes on.</summary>
internal static class Claim
{
    /// <summary>True for the one caller that moved <paramref name="dueTicks"/> on.</summary>
    public static bool TryTake(ref long dueTicks, DateTimeOffset now, TimeSpan interval)
    {
        var due = Volatile.Read(ref dueTicks);
        return now.UtcTicks >= due && Interlocked.CompareExchange(ref dueTicks, (now + interval).UtcTicks, due) == due;
    }
}
