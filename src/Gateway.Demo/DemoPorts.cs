namespace Gateway.Demo;

/// <summary>Where the demo listens, on 127.0.0.1; 0 takes a free port.</summary>
/// <param name="Proxy">For internal applications.</param>
/// <param name="Admin">For operators.</param>
/// <param name="Connect">For account owners' browsers.</param>
/// <param name="Control">The switches of the simulated providers.</param>
internal sealed record DemoPorts(int Proxy, int Admin, int Connect, int Control)
{
    public static DemoPorts Default { get; } = new(8080, 8081, 8082, 8090);

    public static DemoPorts Free { get; } = new(0, 0, 0, 0);
}
