using Gateway.Model;
using Gateway.Store;

namespace Gateway.Testing;

/// <summary>One-time entries on each server.</summary>
public abstract class OneTimeStoreContract(SharedServer server) : HostedContract(server)
{
    [Fact]
    public async Task One_of_many_concurrent_callers_on_two_instances_takes_the_value()
    {
        var (first, second) = (await OnceAsync(), await OnceAsync());
        await first.PutAsync("k", new byte[] { 1, 2, 3 }, TimeSpan.FromMinutes(1), Cancel);
        Assert.Equal([1, 2, 3], await second.PeekAsync("k", Cancel));

        var taken = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? first : second).TakeAsync("k", Cancel).AsTask()));

        Assert.Equal([1, 2, 3], Assert.Single(taken, static value => value is not null)!);
        Assert.Null(await first.PeekAsync("k", Cancel));
        Assert.Null(await first.TakeAsync("never", Cancel));
    }

    [Fact]
    public async Task A_value_replaces_another_and_expires()
    {
        var once = await OnceAsync();
        await once.PutAsync("k", new byte[] { 1 }, TimeSpan.FromMinutes(1), Cancel);
        await once.PutAsync("k", new byte[] { 2 }, TimeSpan.FromMinutes(1), Cancel);
        Assert.Equal([2], await once.PeekAsync("k", Cancel));

        await once.PutAsync("k", new byte[] { 3 }, TimeSpan.FromMilliseconds(300), Cancel);
        await Eventually.TrueAsync(async () => await once.PeekAsync("k", Cancel) is null, static () => "The value did not expire.");
        Assert.Null(await once.TakeAsync("k", Cancel));
    }

    [Fact]
    public async Task A_value_is_encrypted_and_bound_to_its_key()
    {
        var once = await OnceAsync();
        await once.PutAsync("mine", "a-canary-taken-once"u8.ToArray(), TimeSpan.FromMinutes(1), Cancel);
        await using var admin = await AdminAsync();
        var blob = (byte[])(await admin.GetDatabase().StringGetAsync(RedisKeys.Once("mine")))!;
        await admin.GetDatabase().StringSetAsync(RedisKeys.Once("yours"), blob);

        Assert.DoesNotContain("canary", System.Text.Encoding.Latin1.GetString(blob), StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await once.TakeAsync("yours", Cancel));
    }

    private async Task<IOneTimeStore> OnceAsync() => (await HostAsync()).Get<IOneTimeStore>();
}
