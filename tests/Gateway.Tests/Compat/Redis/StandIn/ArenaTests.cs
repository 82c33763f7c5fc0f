using Pipelines.Sockets.Unofficial.Arenas;

namespace Gateway.Tests.Compat.Redis.StandIn;

public sealed class ArenaTests
{
    [Fact]
    public void Default_sequences_are_empty_and_convert()
    {
        Assert.Equal(0, default(Sequence).Cast<int>().Length);
        Assert.True(default(Sequence<int>).IsEmpty);
        Assert.True(default(Sequence<int>).FirstSpan.IsEmpty);
        Assert.Empty(default(Sequence<int>).ToArray((in int i) => i));
        Assert.False(default(Sequence<int>).GetEnumerator().MoveNext());
    }

    [Fact]
    public void A_sequence_gives_its_elements_by_every_way()
    {
        using var arena = new Arena<int>();
        var sequence = arena.Allocate(3);
        for (var i = 0; i < 3; i++)
        {
            sequence[i] = i + 1;
        }

        var copy = new string[3];
        sequence.CopyTo(copy, (in int i) => $"{i}");
        var spans = new List<int>();
        foreach (var span in sequence.Spans)
        {
            spans.AddRange(span);
        }

        Assert.Equal(["1", "2", "3"], copy);
        Assert.Equal([1, 2, 3], spans);
        Assert.Equal([11, 12, 13], sequence.Untyped().Cast<int>().ToArray((in int i, in int more) => i + more, 10));
        Assert.Throws<IndexOutOfRangeException>(() => sequence[3]);
    }

    [Fact]
    public void GetNext_PastTheEnd_Throws()
    {
        using var arena = new Arena<int>();
        arena.Allocate(1)[0] = 1;
        var enumerator = arena.Allocate(1).GetEnumerator();
        enumerator.GetNext() = 5;

        Assert.Equal(5, enumerator.Current);
        Assert.Throws<InvalidOperationException>(() => enumerator.GetNext());
    }

    [Fact]
    public void Allocate_NestedBeyondTheBlock_LeavesTheOuterWhereItIs()
    {
        using var arena = new Arena<object?>();
        var outer = arena.Allocate(10);
        outer[9] = "outer";
        for (var i = 0; i < 2_000; i++)
        {
            var inner = arena.Allocate(100);
            Assert.Null(inner[0]);
            inner.FirstSpan.Fill("inner");
        }

        Assert.Equal("outer", outer[9]);
        Assert.Null(outer[8]);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public void Allocate_AfterReset_HandsOutDefaults(int length)
    {
        using var arena = new Arena<object?>();
        arena.Allocate(length).FirstSpan.Fill("old");

        arena.Reset();

        Assert.All(arena.Allocate(length).ToArray((in object? o) => o), Assert.Null);
    }

    [Fact]
    public void Reset_SameReplyAgain_TakesNoMoreMemory()
    {
        using var arena = new Arena<Guid>();
        arena.Allocate(50_000);
        arena.Reset();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            arena.Allocate(50_000);
            arena.Reset();
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000);
    }

    [Fact]
    public void Allocate_MoreThanAPeerMayAskFor_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new Arena<int>().Allocate(int.MaxValue));

    [Fact]
    public void Dispose_InTheMiddleOfAReply_KeepsItsValues()
    {
        var arena = new Arena<string>();
        var sequence = arena.Allocate(1);
        sequence[0] = "kept";

        arena.Dispose();
        arena.Reset();

        Assert.Equal("kept", sequence[0]);
        Assert.Equal(2, arena.Allocate(2).Length);
    }
}
