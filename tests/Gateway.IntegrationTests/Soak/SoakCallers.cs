namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// Internal applications that call constantly: a few at each instance, each with one call at a time for a random connection.
/// </summary>
internal sealed class SoakCallers : IAsyncDisposable
{
    private const int PerGateway = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _end = new();
    private readonly Task _all;

    public SoakCallers(SoakWorld world, SoakReport report, int seed) =>
        _all = Task.WhenAll(world.Gateways.SelectMany((gateway, number) =>
            Enumerable.Range(0, PerGateway)
                .Select(caller => CallAsync(gateway, world.Connections, report, new Random(seed + (PerGateway * number) + caller)))));

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _all;
        _end.Dispose();
    }

    private async Task CallAsync(SoakGateway gateway, IReadOnlyList<SoakConnection> connections, SoakReport report, Random random)
    {
        using var timer = new PeriodicTimer(Pause);
        while (!_end.IsCancellationRequested)
        {
            var connection = connections[random.Next(connections.Count)];
            report.Add(gateway, connection, await SoakAnswer.AskAsync(gateway, connection));
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
