using Gateway.Model;
using Gateway.Store;
using Gateway.Store.Redis;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Testing;

/// <summary>One instance's store, composed and started as in production.</summary>
internal sealed class StoreHost : IAsyncDisposable
{
    /// <summary>A key that all hosts of a test share.</summary>
    public static readonly string Key = Convert.ToBase64String(Enumerable.Repeat((byte)7, 32).ToArray());

    private readonly IHost _host;

    private StoreHost(IHost host, LogCapture logs)
    {
        _host = host;
        Logs = logs;
    }

    public IConnectionStore Store => Get<IConnectionStore>();

    public IDistributedCache Cache => Get<IDistributedCache>();

    public StoreReadiness Readiness => Get<StoreReadiness>();

    public LogCapture Logs { get; }

    /// <summary>Starts on a Redis.</summary>
    public static Task<StoreHost> OnRedisAsync(string configuration, params (string Key, string? Value)[] settings) =>
        StartAsync([("Store:Redis", configuration), ("Store:EncryptionKeys:0", Key), .. settings]);

    /// <summary>Starts on a Redis-compatible server and waits until it is ready.</summary>
    public static Task<StoreHost> ReadyOnRedisAsync(string configuration) => ReadyOnRedisAsync(configuration, static _ => { });

    public static async Task<StoreHost> ReadyOnRedisAsync(
        string configuration, Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var host = await StartAsync(configure, [("Store:Redis", configuration), ("Store:EncryptionKeys:0", Key), .. settings]);
        await Eventually.EqualAsync("ready", () => host.Readiness.Reason);
        return host;
    }

    public static Task<StoreHost> StartAsync(params (string Key, string? Value)[] settings) => StartAsync(static _ => { }, settings);

    /// <summary>Starts with further services, as other folders add them.</summary>
    public static async Task<StoreHost> StartAsync(Action<IServiceCollection> configure, params (string Key, string? Value)[] settings)
    {
        var logs = new LogCapture();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings.Select(static setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs);
        builder.Services.AddMetrics();
        builder.Services.AddGatewayStore(builder.Configuration);
        configure(builder.Services);
        var host = builder.Build();
        try
        {
            await host.StartAsync();
            return new StoreHost(host, logs);
        }
        catch
        {
            await ((IAsyncDisposable)host).DisposeAsync();
            throw;
        }
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
