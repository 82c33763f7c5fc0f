using System.Text.Json;

namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// Calls every instance for every connection until all are served; reconnects lost connections and records the reason.
/// </summary>
internal sealed class SoakRecovery(SoakWorld world, SoakReport report)
{
    /// <summary>
    /// The promise: everything works again within this time after a fault. The lease of a killed holder must expire first, four
    /// seconds after the deadline of a token call; part of that passes while the gateway restarts.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private const int AtOnce = 8;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public async Task WaitAsync(SoakFault fault)
    {
        var start = TimeProvider.System.GetTimestamp();
        var pending = world.Gateways.SelectMany(
            gateway => world.Connections.Select(connection => (Gateway: gateway, Connection: connection))).ToList();
        using var timer = new PeriodicTimer(Interval);
        while ((pending = await StillAwayAsync(fault, pending)).Count > 0)
        {
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            if (elapsed > Limit)
            {
                report.Violation(
                    $"after {elapsed.TotalSeconds:0.0} s still away: "
                        + $"{string.Join("; ", pending.Take(5).Select(static pair => $"{pair.Gateway} {pair.Connection}"))} "
                        + $"({pending.Count} in all)");
                break;
            }

            await timer.WaitForNextTickAsync();
        }

        report.Recovered(fault.Name, TimeProvider.System.GetElapsedTime(start));
    }

    private async Task<List<(SoakGateway Gateway, SoakConnection Connection)>> StillAwayAsync(
        SoakFault fault, List<(SoakGateway Gateway, SoakConnection Connection)> pending)
    {
        var away = new List<(SoakGateway, SoakConnection)>();
        foreach (var batch in pending.Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(batch.Select(pair => SoakAnswer.AskAsync(pair.Gateway, pair.Connection)));
            foreach (var ((gateway, connection), answer) in batch.Zip(answers).Where(static asked => !asked.Second.IsOk))
            {
                away.Add((gateway, connection));
                report.Add(gateway, connection, answer);
                if (answer.Code == SoakAnswer.Dead)
                {
                    await ReconnectAsync(fault, gateway, connection);
                }
            }
        }

        return away;
    }

    private async Task ReconnectAsync(SoakFault fault, SoakGateway gateway, SoakConnection connection)
    {
        using var state =
            JsonDocument.Parse(await gateway.Process.Admin.GetStringAsync($"/connections/{connection.Provider}/{connection.Name}"));
        if (state.RootElement.GetProperty("status").GetString() != SoakAnswer.Dead)
        {
            return; // Already connected again.
        }

        var reason = state.RootElement.GetProperty("lastError").ToString();
        if (fault.MayInterrupt && connection.Bokio == world.Strict && reason.Contains("refresh_interrupted", StringComparison.Ordinal))
        {
            report.Allowed("refresh_interrupted (allowed)");
        }
        else if (fault.Withdraws && reason.Contains("invalid_grant", StringComparison.Ordinal))
        {
            report.Allowed("connected again");
        }
        else
        {
            report.Violation($"{connection} was lost: {reason}");
        }

        await world.ConnectAsync(connection);
    }
}
