namespace Gateway.Demo.Providers;

/// <summary>Where and how a simulated provider listens. The defaults suit tests: a free port, plain HTTP/1.1, the real clock.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Port of the API host on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of the second host, where the provider has one (bexio's identity provider, Bookeo's sign-in page); 0 takes a free one.</summary>
    public int SecondPort { get; init; }

    public Wire Wire { get; init; } = Wire.Http1;

    /// <summary>Lifetimes, rate-limit windows, the <c>Date</c> header and delays all follow this clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many requests the log remembers; older ones are forgotten first.</summary>
    public int LogCapacity { get; init; } = 4096;
}
