using System.Diagnostics.Metrics;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Store;
using Gateway.Store.Encryption;
using Gateway.Store.Records;
using Gateway.Store.Journal;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Store.Journal;

public sealed class GrantJournalTests : IDisposable
{
    private const string Instance = "0123456789abcdef";

    private readonly TemporaryDirectory _folder = new();
    private readonly LogCapture _logs = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private string Journal => Path.Combine(_folder.Path, "journal");

    [Fact]
    public void An_entry_is_read_by_the_next_process_with_every_member()
    {
        var end = End();
        Open().Keep(end);

        var read = Assert.Single(Read(Open()));

        Assert.Equal(
            (end.ExpectedGeneration, end.Owner, end.Spent, end.Since), (read.ExpectedGeneration, read.Owner, read.Spent, read.Since));
        Assert.Equal(
            (end.Next.Id, end.Next.Generation, end.Next.Fence, end.Next.Token),
            (read.Next.Id, read.Next.Generation, read.Next.Fence, read.Next.Token));
        Assert.Equal(end.Next.Grant.RefreshToken, read.Next.Grant.RefreshToken);
        Assert.Equal(end.Next.Fields, read.Next.Fields);
    }

    [Fact]
    public void A_grant_from_consent_keeps_its_kind_and_what_it_replaces()
    {
        Open().Keep(End() with { IsGiven = true, Replaced = Samples.Later });
        Open().Keep(End() with { IsGiven = false, Owner = new(Instance, "another") });

        Assert.Equal(
            [(false, null), (true, (DateTimeOffset?)Samples.Later)],
            Read(Open()).Select(static end => (end.IsGiven, end.Replaced)).Order());
    }

    [Fact]
    public void A_dropped_entry_is_gone_and_may_be_dropped_again()
    {
        var (journal, end) = (Open(), End());
        journal.Keep(end);
        journal.Sync(end);
        journal.Drop(end);
        journal.Drop(end);

        Assert.Empty(Directory.GetFiles(Journal));
        Assert.Empty(_logs.Lines);
    }

    [Fact]
    public void Entries_are_ordered_by_their_fences()
    {
        var journal = Open();
        foreach (var fence in (long[])[3, 1, 2])
        {
            journal.Keep(End(fence));
        }

        Assert.Equal([1, 2, 3], Read(journal).Select(static end => end.Next.Fence));
    }

    [Fact]
    public void Files_are_private_to_the_user_and_contain_no_secret()
    {
        Open().Keep(End());

        var file = Assert.Single(Directory.GetFiles(Journal));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Journal));
        }

        var text = File.ReadAllText(file);
        Assert.DoesNotContain("refresh-x", text, StringComparison.Ordinal);
        Assert.DoesNotContain("token-x", text, StringComparison.Ordinal);
        Assert.DoesNotContain(End().Spent.Reveal(), text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_sealed_with_an_unknown_key_is_kept_and_logged()
    {
        Open().Keep(End());

        Assert.Empty(Read(Open(key: 8)));
        Assert.Single(Directory.GetFiles(Journal));
        Assert.Contains("Store:EncryptionKeys", Assert.Single(_logs.Lines), StringComparison.Ordinal);
        Assert.Single(Read(Open()));
    }

    [Theory]
    [InlineData("acme", "other")]
    [InlineData("\"generation\":2", "\"generation\":3")]
    [InlineData("\"expectedGeneration\":1", "\"expectedGeneration\":2")]
    public void A_modified_file_does_not_open(string before, string after)
    {
        Open().Keep(End());
        var file = Assert.Single(Directory.GetFiles(Journal));
        var text = File.ReadAllText(file);
        Assert.Contains(before, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(before, after, StringComparison.Ordinal));

        Assert.Empty(Read(Open()));
        Assert.Single(_logs.Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    public void A_torn_file_is_kept_and_logged_and_the_others_are_read(string text)
    {
        var journal = Open();
        journal.Keep(End());
        File.WriteAllText(Path.Combine(Journal, "torn.grant"), text);

        Assert.Single(Read(journal));
        Assert.Contains("torn.grant", Assert.Single(_logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unfinished_temporary_file_is_deleted_later()
    {
        Open().Keep(End());
        var (young, old) = (Path.Combine(Journal, "young.tmp"), Path.Combine(Journal, "old.tmp"));
        File.WriteAllText(young, "");
        File.WriteAllText(old, "");
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));

        Assert.Single(Read(Open()));

        Assert.Equal((true, false), (File.Exists(young), File.Exists(old)));
    }

    [Fact]
    public void A_journal_without_a_writable_folder_logs_it_once_and_does_not_throw()
    {
        File.WriteAllText(Journal, "a file where the folder should be");
        var journal = Open();

        Assert.Empty(Read(journal));
        journal.Keep(End());
        journal.Keep(End());
        journal.Sync(End());
        journal.Drop(End());

        Assert.Equal(2, _logs.Lines.Count);
    }

    [Fact]
    public void A_write_failure_is_logged_once_and_counted_and_its_end_is_logged()
    {
        var (journal, end) = (Open(), End());
        var operations = new List<string>();
        using var listener = Listen(operations);
        journal.Keep(end);
        journal.Drop(end);
        Directory.Delete(Journal);
        File.WriteAllText(Journal, "in the way");
        for (var refresh = 0; refresh < 3; refresh++)
        {
            journal.Keep(end);
            journal.Drop(end);
        }

        Assert.False(journal.Sync(end));
        Assert.Equal(["journal success", "journal error", "journal error", "journal error"], operations);
        Assert.StartsWith("Error: Connection acme-books/acme", Assert.Single(_logs.Lines), StringComparison.Ordinal);

        File.Delete(Journal);
        Assert.True(journal.Sync(end));
        Assert.Equal("Information: The journal in Store:Path can be written again.", _logs.Lines.Last());
        Assert.Equal(end.Next.Generation, Assert.Single(Read(Open())).Next.Generation);
    }

    [Fact]
    public void A_full_disk_is_logged_once_while_files_can_be_deleted()
    {
        var (journal, end) = (Open(), End());
        journal.Keep(End() with { Owner = new(Instance, "earlier") });

        // Like a full disk: no file can be moved into place, everything else works.
        Directory.CreateDirectory(Path.Combine(Journal, $"{Instance}.{end.Owner.Value}.grant", "full"));
        for (var refresh = 0; refresh < 3; refresh++)
        {
            journal.Keep(end);
            journal.Drop(End() with { Owner = new(Instance, "earlier") });
        }

        Assert.Single(_logs.Lines);
        Assert.Empty(Directory.GetFiles(Journal));
    }

    [Fact]
    public void A_removed_folder_is_created_again()
    {
        var (journal, end) = (Open(), End());
        journal.Keep(end);
        Directory.Delete(Journal, recursive: true);

        journal.Keep(end);
        Assert.True(journal.Sync(end));

        Assert.Single(Read(Open()));
    }

    [Fact]
    public void Entries_of_each_instance_are_read_separately()
    {
        Open().Keep(End());
        Open().Keep(End() with { Owner = new("fedcba98", "another") });

        Assert.True(Open().TryRead("fedcba98", out var writes));
        Assert.Equal("another", Assert.Single(writes).Owner.Value);
        Assert.True(Open().TryRead("0000", out writes));
        Assert.Empty(writes);
    }

    [Fact]
    public void An_entry_that_no_key_opens_counts_as_unreadable()
    {
        Open().Keep(End());

        Assert.False(Open(key: 8).TryRead(Instance, out _));
        Assert.True(Open(key: 8).TryRead("fedcba98", out _));
    }

    [Fact]
    public void A_failure_entry_keeps_that_only_its_owner_may_store_it()
    {
        Open().Keep(End() with { Next = Samples.Connection(new("acme-books", "acme"), 1), IsOwnersAlone = true });

        Assert.True(Assert.Single(Read(Open())).IsOwnersAlone);
    }

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    private static IReadOnlyList<PendingWrite> Read(GrantJournal journal)
    {
        journal.TryRead(instance: null, out var writes);
        return writes;
    }

    private static PendingWrite End(long fence = 4)
    {
        var id = new ConnectionId("acme-books", "acme");
        return new(
            Samples.Connection(id, 2) with { Fence = fence }, 1, new(Instance, $"attempt-{fence}"),
            Samples.Connection(id).Grant.Digest())
        { Since = Samples.Later };
    }

    // Only this test's meter: other tests use meters of the same name.
    private MeterListener Listen(List<string> operations)
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
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
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => operations.Add($"{tags[0].Value} {tags[1].Value}"));
        listener.Start();
        return listener;
    }

    private GrantJournal Open(byte key = 7)
    {
        var protector = new SecretProtector(new EncryptionKeyRing([Enumerable.Repeat(key, 32).ToArray()]));
        var cache = new CachedTokens(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())), TimeProvider.System);
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        return new GrantJournal(
            Options.Create(new StoreOptions { Path = _folder.Path }),
            new ConnectionSealer(protector, cache, new ProviderCatalog(), TimeProvider.System),
            TimeProvider.System, new GatewayMetrics(_services.GetRequiredService<IMeterFactory>()), factory.CreateLogger<GrantJournal>());
    }
}
