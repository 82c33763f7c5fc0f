using Gateway.Tokens.Cache;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Tokens.Cache;

/// <summary>Tokens that were renewed for a request that could not be sent again.</summary>
public sealed class FreshTokenTrialsTests
{
    private readonly ManualClock _clock = new();
    private readonly FreshTokenMarks _marks;

    public FreshTokenTrialsTests() => _marks = new(
        new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())), _clock, NullLogger<FreshTokenMarks>.Instance);

    [Fact]
    public void Untried_IsMarkedUntilItPasses()
    {
        _marks.MarkUntried(Some.Acme, "invoices", 2);
        Assert.True(_marks.IsMarked(Some.Acme, "invoices", 2));

        _marks.Passed(Some.Acme, "journal", 2);
        _marks.Passed(Some.Acme, "invoices", 1);
        Assert.True(_marks.IsMarked(Some.Acme, "invoices", 2));

        _marks.Passed(Some.Acme, "invoices", 2);
        Assert.False(_marks.IsMarked(Some.Acme, "invoices", 2));
    }

    [Fact]
    public void Untried_SecondInFiveMinutes_DoesNotPass()
    {
        _marks.MarkUntried(Some.Acme, "invoices", 2);
        _marks.Passed(Some.Acme, "invoices", 2);
        _marks.MarkUntried(Some.Acme, "invoices", 3);
        _marks.Passed(Some.Acme, "invoices", 3);
        Assert.True(_marks.IsMarked(Some.Acme, "invoices", 3));

        _clock.Advance(TimeSpan.FromMinutes(6));
        Assert.False(_marks.IsMarked(Some.Acme, "invoices", 3));
        _marks.MarkUntried(Some.Acme, "invoices", 4);
        _marks.Passed(Some.Acme, "invoices", 4);
        Assert.False(_marks.IsMarked(Some.Acme, "invoices", 4));
    }

    [Fact]
    public void Refused_DoesNotPass()
    {
        _marks.Mark(Some.Acme, "invoices", 2);
        _marks.Passed(Some.Acme, "invoices", 2);

        Assert.True(_marks.IsMarked(Some.Acme, "invoices", 2));
    }
}
