namespace Gateway.Demo;

/// <summary>The demo's ports on 127.0.0.1; 0 takes a free one.</summary>
/// <param name="Proxy">The proxied routes, for internal applications.</param>
/// <param name="Admin">The admin API, for operators.</param>
/// <param name="Connect">The onboarding pages, for account owners.</param>
/// <param name="Control">The control API of the simulated providers.</param>
internal sealed record DemoPorts(int Proxy, int Admin, int Connect, int Control)
{
    public static DemoPorts Default { get; } = new(8080, 8081, 8082, 8090);

    public static DemoPorts Free { get; } = new(0, 0, 0, 0);
}
