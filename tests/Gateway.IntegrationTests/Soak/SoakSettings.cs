using System.Globalization;

namespace Gateway.IntegrationTests.Soak;

/// <summary>Duration and seed of the soak test. The same seed gives the same faults in the same order.</summary>
internal sealed record SoakSettings(int Seed, TimeSpan Duration)
{
    /// <summary><c>GATEWAY_SOAK_SEED</c> (default: random) and <c>GATEWAY_SOAK_MINUTES</c> (default: two thirds of one).</summary>
    public static SoakSettings FromEnvironment() => new(
        int.TryParse(Environment.GetEnvironmentVariable("GATEWAY_SOAK_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next(1, 1_000_000),
        TimeSpan.FromMinutes(
            double.TryParse(Environment.GetEnvironmentVariable("GATEWAY_SOAK_MINUTES"), CultureInfo.InvariantCulture, out var minutes)
                ? minutes
                : 2.0 / 3));
}
