using Gateway.Model;
using Gateway.Tokens.Cache;

namespace Gateway.Tests.Tokens.Cache;

public sealed class ConnectionSnapshotTests
{
    private readonly ConnectionSnapshot _snapshot = new(new ManualClock(), capacity: 100);
    private readonly Connection _connection = Some.Connection(DateTimeOffset.MaxValue, generation: 5);

    [Fact]
    public void Learn_OlderGenerationFromALaterRead_IsRefused()
    {
        Update(_connection);
        Update(_connection with { Generation = 4 });

        Assert.Equal(5, _snapshot.Find(Some.Acme)!.Generation);
    }

    [Fact]
    public void Learn_NewerGenerationFromAnEarlierRead_IsTaken()
    {
        var early = _snapshot.NextOrder();
        Update(_connection);
        _snapshot.Update(Some.Acme, _connection with { Generation = 6 }, early);

        Assert.Equal(6, _snapshot.Find(Some.Acme)!.Generation);
    }

    [Fact]
    public void Learn_SameGeneration_TheLaterReadWins()
    {
        var early = _snapshot.NextOrder();
        Update(_connection with { RejectedGeneration = 5 });
        _snapshot.Update(Some.Acme, _connection, early);
        Assert.Equal(5, _snapshot.Find(Some.Acme)!.Connection!.RejectedGeneration);

        Update(_connection);
        Assert.Equal(0, _snapshot.Find(Some.Acme)!.Connection!.RejectedGeneration);
    }

    [Fact]
    public void Learn_RemovalThenAnEarlierRead_StaysRemoved()
    {
        var early = _snapshot.NextOrder();
        Update(_connection);
        Update(null);
        _snapshot.Update(Some.Acme, _connection with { Generation = 6 }, early);

        Assert.Null(_snapshot.Find(Some.Acme)!.Connection);
    }

    [Fact]
    public void Learn_CreatedAgainAfterRemoval_IsTakenWithAnyGeneration()
    {
        Update(_connection);
        Update(null);
        Update(_connection with { Generation = 1 });

        Assert.Equal(1, _snapshot.Find(Some.Acme)!.Generation);
    }

    [Fact]
    public void Learn_MoreThanItHolds_ForgetsUnusedEntries()
    {
        var provider = Some.Provider("https://login.acme-books.example/token");
        var used = LearnNamed("used");
        for (var i = 0; i < 1000; i++)
        {
            LearnNamed($"other-{i}");
            used.For(provider);
        }

        Assert.Same(used, _snapshot.Find(used.Id));
        Assert.Equal(100, Enumerable.Range(0, 1000).Count(i => _snapshot.Find(new(Some.Acme.Provider, $"other-{i}")) is not null) + 1);
    }

    [Fact]
    public void Learn_NamesThatAreNotStored_PushNoConnectionOut()
    {
        var stored = LearnNamed("stored");
        for (var i = 0; i < 10_000; i++)
        {
            var id = new ConnectionId(Some.Acme.Provider, $"absent-{i}");
            _snapshot.Update(id, null, _snapshot.NextOrder());
        }

        Assert.Same(stored, _snapshot.Find(stored.Id));
        Assert.InRange(
            Enumerable.Range(0, 10_000).Count(i => _snapshot.Find(new(Some.Acme.Provider, $"absent-{i}")) is not null), 1, 1_000);
    }

    [Fact]
    public void Learn_RemovedAndCreatedAgainAndAgain_StaysBounded()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Update(null);
            Update(_connection);
        }

        Assert.NotNull(_snapshot.Find(Some.Acme)!.Connection);
    }

    private void Update(Connection? connection) => _snapshot.Update(Some.Acme, connection, _snapshot.NextOrder());

    private SnapshotEntry LearnNamed(string name)
    {
        var connection = _connection with { Id = new(Some.Acme.Provider, name) };
        return _snapshot.Update(connection.Id, connection, _snapshot.NextOrder());
    }
}
