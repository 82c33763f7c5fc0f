using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Two instances on one server, with providers whose tokens are renewed; each test uses its own provider.</summary>
public abstract class RenewalPair : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Provider> _providers = [];
    private readonly Stack<IAsyncDisposable> _started = new();
    private Task<(StoreHost First, StoreHost Second)>? _hosts;

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var last))
        {
            await last.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Both instances, with one more configured provider.</summary>
    /// <param name="grant">Its grant type; null for a provider that is not configured.</param>
    internal async Task<(StoreHost First, StoreHost Second, string Provider)> HostsAsync(OAuthGrant? grant = OAuthGrant.AuthorizationCode)
    {
        Task<(StoreHost First, StoreHost Second)> starting;
        lock (_gate)
        {
            starting = _hosts ??= StartAsync();
        }

        var (first, second) = await starting;
        var name = Samples.NewId().Provider;
        if (grant is { } kind)
        {
            Configure(first, second, name, kind);
        }

        return (first, second, name);
    }

    /// <summary>Starts the server; pushed resources are disposed at the end.</summary>
    private protected abstract Task<string> StartServerAsync(Stack<IAsyncDisposable> started);

    private void Configure(StoreHost first, StoreHost second, string name, OAuthGrant kind)
    {
        var client = Some.Client("https://login.acme-books.example/token", kind);
        var provider = new Provider
        {
            Name = name,
            Kind = ProviderKind.OAuth2,
            Origin = Some.Uri("https://api.acme-books.example"),
            OAuth = client,
            Injection = Injection.Bearer
        };
        lock (_gate)
        {
            _providers.Add(provider);
            first.Get<ProviderCatalog>().Replace(_providers);
            second.Get<ProviderCatalog>().Replace(_providers);
        }
    }

    private async Task<(StoreHost First, StoreHost Second)> StartAsync()
    {
        var configuration = await StartServerAsync(_started);
        var first = await StoreHost.ReadyOnRedisAsync(configuration);
        _started.Push(first);
        var second = await StoreHost.ReadyOnRedisAsync(configuration);
        _started.Push(second);
        return (first, second);
    }
}
