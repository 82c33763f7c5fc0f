using System.Text;

using Gateway.Model;
using Gateway.Store;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Testing;

/// <summary>The distributed cache on each server.</summary>
public abstract class DistributedCacheContract(SharedServer server) : HostedContract(server)
{
    [Fact]
    public async Task A_cached_value_is_read_by_another_instance_until_it_is_removed()
    {
        var (first, second) = (await HostAsync(), await HostAsync());
        byte[] value = [.. Enumerable.Range(0, 100_000).Select(static i => (byte)i)];

        await first.Cache.SetAsync("k", value, Cancel);
        Assert.Equal(value, await second.Cache.GetAsync("k", Cancel));
        Assert.Equal(value, second.Cache.Get("k"));

        await second.Cache.RemoveAsync("k", Cancel);
        Assert.Null(await first.Cache.GetAsync("k", Cancel));
    }

    [Fact]
    public async Task A_value_with_an_expiry_is_removed_after_it()
    {
        var host = await HostAsync();
        await host.Cache.SetAsync(
            "k", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) }, Cancel);
        Assert.NotNull(await host.Cache.GetAsync("k", Cancel));

        await host.Cache.SetAsync(
            "k", [1], new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMilliseconds(1100) }, Cancel);
        await Eventually.TrueAsync(async () => await host.Cache.GetAsync("k", Cancel) is null);
    }

    [Fact]
    public async Task A_value_is_encrypted_and_bound_to_its_key()
    {
        var host = await HostAsync();
        await host.Cache.SetAsync("mine", Encoding.UTF8.GetBytes("a-canary-in-the-cache"), Cancel);
        await using var admin = await AdminAsync();
        var db = admin.GetDatabase();
        var stored = await db.HashGetAllAsync(RedisKeys.CachePrefix + "mine");

        await db.HashSetAsync(RedisKeys.CachePrefix + "yours", stored);

        Assert.DoesNotContain(
            stored, static entry => Encoding.Latin1.GetString((byte[])entry.Value!).Contains("canary", StringComparison.Ordinal));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => host.Cache.GetAsync("yours", Cancel));
    }

    [Fact]
    public async Task A_client_credentials_token_is_in_the_cache_and_its_record_in_the_store()
    {
        var (first, second) = (await HostAsync(), await HostAsync());
        var id = Samples.NewId("default");
        first.Get<ProviderCatalog>().Replace([ClientCredentials(id.Provider)]);
        var written = Samples.Connection(id) with { Grant = Grant.None };

        await first.Store.TryWriteAsync(written, 0, Cancel);
        Assert.Equal(written.Token, (await second.Store.ReadAsync(id, Cancel))!.Token);
        Assert.Equal(Samples.Later, (await second.Store.TallyAsync(id.Provider, Cancel)).EarliestExpiry);

        await second.Cache.RemoveAsync($"token:{id}:1", Cancel);
        var read = await second.Store.ReadAsync(id, Cancel);
        Assert.Null(read!.Token);
        Assert.Equal(1, read.Generation);
    }

    private static Provider ClientCredentials(string name)
    {
        Assert.True(UriTemplate.TryParse("https://api.example.com", out var origin));
        return new Provider
        {
            Name = name,
            Kind = ProviderKind.OAuth2,
            Origin = origin,
            Injection = Injection.Bearer,
            OAuth = new OAuthClient
            {
                Grant = OAuthGrant.ClientCredentials,
                TokenEndpoint = origin,
                ClientId = "id",
                ClientSecrets = [new Secret("secret")],
            },
        };
    }
}
