using Gateway.Model;

namespace Gateway.Tests.Configuration;

public sealed class AdminKeyTests
{
    [Fact]
    public void A_configured_key_is_used_and_never_shown()
    {
        var key = AdminKey.From("configured");

        Assert.Equal("configured", key.Value.Reveal());
        Assert.Null(key.Announcement);
    }

    [Fact]
    public void A_random_key_has_256_bits_differs_each_time_and_is_shown()
    {
        var (first, second) = (AdminKey.From(""), AdminKey.From(null));

        Assert.Equal(32, Convert.FromHexString(first.Value.Reveal()).Length);
        Assert.NotEqual(first.Value, second.Value);
        Assert.Contains(first.Value.Reveal(), first.Announcement, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_short_key_and_a_key_on_the_command_line_cause_a_warning_without_showing_it()
    {
        await using var gateway = await RunningGateway.StartAsync("{}", arguments: ["--Admin:Key=canary"]);

        Assert.Contains("Warning: Admin:Key has fewer than 16 characters and can be guessed", gateway.Log.Lines, StringComparer.Ordinal);
        Assert.Contains(
            gateway.Log.Lines, static line =>
                line.StartsWith("Warning: Admin:Key was given on the command line", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Log.Lines, static line => line.Contains("canary", StringComparison.Ordinal));
    }
}
