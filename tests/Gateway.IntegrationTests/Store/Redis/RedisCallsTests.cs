using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.IntegrationTests.Store.Redis;

public sealed class RedisCallsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_call_is_counted_by_its_outcome()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await StoreHost.ReadyOnRedisAsync(server.Configuration);
        var counted = new ConcurrentQueue<string>();
        using var listener = Listen(host, counted);
        var id = Samples.NewId();

        await host.Store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        await host.Store.TryWriteAsync(Samples.Connection(id), 0, Cancel);
        await host.Cache.GetAsync("k", Cancel);
        await server.FreezeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.ReadAsync(id, Cancel).AsTask());
        await server.KillAsync();
        await Eventually.EqualAsync("unreachable", () => host.Readiness.Reason);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Store.ReadAsync(id, Cancel).AsTask());

        Assert.Subset(counted.ToHashSet(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal)
        {
            "write success", "write conflict", "index success", "cache_read success", "read timeout", "read error",
        });
    }

    // Only this host's meter: other tests use meters of the same name.
    private static MeterListener Listen(StoreHost host, ConcurrentQueue<string> counted)
    {
        var meters = host.Get<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "gateway.store.operations" && ReferenceEquals(instrument.Meter.Scope, meters))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (_, _, tags, _) => counted.Enqueue($"{Value(tags, GatewayTags.Operation)} {Value(tags, GatewayTags.Outcome)}"));
        listener.Start();
        return listener;
    }

    private static object? Value(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
            {
                return tag.Value;
            }
        }

        return null;
    }
}
