using Gateway.Tokens.Cache;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Tokens.Cache;

public sealed class FreshTokenMarksTests
{
    private readonly ManualClock _clock = new();
    private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));

    [Fact]
    public void Mark_HoldsForConnectionRouteAndGeneration()
    {
        var marks = Create(_cache);
        marks.Mark(Some.Acme, "invoices", 3);

        Assert.True(marks.IsMarked(Some.Acme, "invoices", 3));
        Assert.False(marks.IsMarked(Some.Acme, "invoices", 4));
        Assert.False(marks.IsMarked(Some.Acme, "journal", 3));
        Assert.False(marks.IsMarked(Some.Acme with { Name = "other" }, "invoices", 3));
    }

    [Fact]
    public void Mark_EndsAfterFiveMinutes()
    {
        var marks = Create(_cache);
        marks.Mark(Some.Acme, "invoices", 3);
        _clock.Advance(TimeSpan.FromSeconds(299));
        Assert.True(marks.IsMarked(Some.Acme, "invoices", 3));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(marks.IsMarked(Some.Acme, "invoices", 3));
    }

    [Fact]
    public async Task Mark_ReachesOtherInstancesThroughTheCache()
    {
        var other = Create(_cache);
        Assert.False(await other.IsMarkedAsync(Some.Acme, "invoices", 3, CancellationToken.None));
        Create(_cache).Mark(Some.Acme, "invoices", 3);

        await Eventually.TrueAsync(
            async () => await other.IsMarkedAsync(Some.Acme, "invoices", 3, CancellationToken.None), () => "The mark never arrived.");
        Assert.True(other.IsMarked(Some.Acme, "invoices", 3));
    }

    [Fact]
    public async Task Mark_CacheAway_HoldsHere()
    {
        var marks = Create(new BrokenCache());
        marks.Mark(Some.Acme, "invoices", 3);

        Assert.True(await marks.IsMarkedAsync(Some.Acme, "invoices", 3, CancellationToken.None));
        Assert.False(await marks.IsMarkedAsync(Some.Acme, "journal", 3, CancellationToken.None));
    }

    [Fact]
    public void Mark_TooMany_StaysBounded()
    {
        var marks = Create(new BrokenCache());
        for (var generation = 0; generation < 25_000; generation++)
        {
            marks.Mark(Some.Acme, "invoices", generation);
        }

        Assert.True(marks.IsMarked(Some.Acme, "invoices", 24_999));
        Assert.InRange(Enumerable.Range(0, 25_000).Count(generation => marks.IsMarked(Some.Acme, "invoices", generation)), 1, 10_000);
    }

    private FreshTokenMarks Create(IDistributedCache cache) => new(cache, _clock, NullLogger<FreshTokenMarks>.Instance);

    private sealed class BrokenCache : IDistributedCache
    {
        public byte[]? Get(string key) => throw new InvalidOperationException("away");

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) => Task.FromException<byte[]?>(new InvalidOperationException("away"));

        public void Refresh(string key) => throw new InvalidOperationException("away");

        public Task RefreshAsync(string key, CancellationToken token = default) => Task.FromException(new InvalidOperationException("away"));

        public void Remove(string key) => throw new InvalidOperationException("away");

        public Task RemoveAsync(string key, CancellationToken token = default) => Task.FromException(new InvalidOperationException("away"));

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new InvalidOperationException("away");

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            Task.FromException(new InvalidOperationException("away"));
    }
}
