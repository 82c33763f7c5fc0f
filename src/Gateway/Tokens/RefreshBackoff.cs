namespace Gateway.Tokens;

/// <summary>How long to wait after a failed refresh: 1 s, doubled by each failure in a row, at most a minute.</summary>
internal static class RefreshBackoff
{
    private const double JitterShare = 0.2;
    private const int MaxDoublings = 6;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <param name="attempts">Failures in a row, the present one included: 1 or more.</param>
    /// <param name="retryAfter">What the provider asked for; it counts when it is longer.</param>
    /// <param name="jitter">From 0 to below 1; changes the wait by up to 20 % either way.</param>
    public static TimeSpan After(int attempts, TimeSpan? retryAfter, double jitter)
    {
        var doubled = First * Math.Pow(2, Math.Min(attempts - 1, MaxDoublings));
        var wait = (doubled < Longest ? doubled : Longest) * (1 - JitterShare + (2 * JitterShare * jitter));
        return retryAfter > wait ? retryAfter.Value : wait;
    }
}
