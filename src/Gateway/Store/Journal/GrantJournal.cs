using System.Text.Json;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Embedded;
using Gateway.Store.Records;

using Microsoft.Extensions.Options;

namespace Gateway.Store.Journal;

/// <summary>
/// A file per attempt under <c>Store:Path</c>, sealed like the records: written before the store is asked, removed when it has answered. It is
/// written beside its place and moved there, so it is whole or absent. That takes some ten microseconds and outlives a SIGKILL, because the
/// system has the bytes. A flush to the disk takes milliseconds, and follows only when the store did not answer; until then the store's own
/// write is as safe from a loss of power, and as soon. Processes may share the folder.
/// </summary>
internal sealed partial class GrantJournal(
    IOptions<StoreOptions> options, ConnectionSealer sealer, TimeProvider clock, GatewayMetrics metrics, ILogger<GrantJournal> logger) : IGrantJournal
{
    private const string Pattern = "*.grant";

    // Another process may be about to move its draft; one this old is nobody's.
    private static readonly TimeSpan DraftLife = TimeSpan.FromHours(1);

    // Null before its first use and after trouble: then it may have to be made again. Two that find it so make the same.
    private volatile StoreDirectory? _folder;

    // Said once per trouble, not once per refresh; a race says it twice.
    private volatile bool _isInTrouble;

    private StoreDirectory Folder => _folder ??= new StoreDirectory(Path.Combine(options.Value.Path, "journal"));

    public void Keep(AttemptEnd end)
    {
        if (end.Intent is null)
        {
            return;
        }

        var since = clock.GetTimestamp();
        var kept = TryAct(end, folder => folder.WriteWhole(NameOf(end), Serialize(end)));
        metrics.StoreOperation("journal", kept ? "success" : "error", clock.GetElapsedTime(since));
        Recover(kept);
    }

    public bool Sync(AttemptEnd end)
    {
        var kept = TryAct(end, folder =>
        {
            if (!folder.Has(NameOf(end)))
            {
                folder.WriteWhole(NameOf(end), Serialize(end));
            }

            folder.Flush(NameOf(end));
        });
        Recover(kept);
        return kept;
    }

    // Says nothing of the next write: a full disk lets go of what it holds.
    public void Drop(AttemptEnd end) => TryAct(end, folder => folder.Delete(NameOf(end)));

    public IReadOnlyList<AttemptEnd> Read()
    {
        try
        {
            Folder.DeleteDrafts(clock.GetUtcNow() - DraftLife);
            var ends = Folder.Files(Pattern).Select(Read).OfType<AttemptEnd>();
            return [.. ends.OrderBy(static end => end.Next.Fence)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NoPlace(logger, options.Value.Path, e.Message);
            return [];
        }
    }

    private static string NameOf(AttemptEnd end) => end.Intent!.Attempt + Pattern[1..];

    private AttemptEnd? Read(string file)
    {
        try
        {
            return Deserialize(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is StoreUnavailableException or JsonException or IOException or UnauthorizedAccessException)
        {
            // Kept: the key that it was sealed with may come back. A JsonException would quote the file.
            Log.Unreadable(logger, file, e is JsonException ? "It is no journal file of this version." : e.Message);
            return null;
        }
    }

    // An end without an intent spends nothing and needs no journal.
    private bool TryAct(AttemptEnd end, Action<StoreDirectory> act)
    {
        try
        {
            if (end.Intent is not null)
            {
                act(Folder);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _folder = null;
            if (!_isInTrouble)
            {
                _isInTrouble = true;
                Log.NotKept(logger, end.Id.Provider, end.Id.Name, e.Message);
            }

            return false;
        }
    }

    private void Recover(bool kept)
    {
        if (kept && _isInTrouble)
        {
            _isInTrouble = false;
            Log.KeptAgain(logger);
        }
    }

    private byte[] Serialize(AttemptEnd end)
    {
        var record = sealer.Seal(end.Next);
        return JsonSerializer.SerializeToUtf8Bytes(
            new JournalBody
            {
                Provider = end.Id.Provider,
                Name = end.Id.Name,
                ExpectedGeneration = end.ExpectedGeneration,
                Generation = record.Generation,
                Fence = record.Fence,
                Record = record.Body,
                Intent = sealer.Seal(end.Id, end.Intent, end.ExpectedGeneration),
                IsGiven = end.IsGiven,
                Replaced = end.Replaced,
            },
            StoreJson.Default.JournalBody);
    }

    private AttemptEnd? Deserialize(byte[] json)
    {
        var body = JsonSerializer.Deserialize(json, StoreJson.Default.JournalBody) ?? throw new JsonException();
        var id = new ConnectionId(body.Provider, body.Name);
        var next = sealer.Open(id, new StoredRecord(body.Generation, body.Fence, body.Record));
        return new AttemptEnd(next, body.ExpectedGeneration, sealer.Open(id, body.Intent, body.ExpectedGeneration))
        {
            IsGiven = body.IsGiven, Replaced = body.Replaced,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1140, LogLevel.Warning, "Store:Path '{Path}' can't hold the journal ({Problem}): a rotated grant that the store does not take is lost with the process.")]
        public static partial void NoPlace(ILogger logger, string path, string problem);

        [LoggerMessage(1141, LogLevel.Error,
            "Connection {Provider}/{Connection}: the journal in Store:Path could not be written ({Problem}). Until it can be, a rotated grant that the store does not take is lost with the process.")]
        public static partial void NotKept(ILogger logger, string provider, string connection, string problem);

        [LoggerMessage(1142, LogLevel.Error, "Journal file '{File}' is kept and not replayed: {Problem}")]
        public static partial void Unreadable(ILogger logger, string file, string problem);

        [LoggerMessage(1143, LogLevel.Information, "The journal in Store:Path can be written again.")]
        public static partial void KeptAgain(ILogger logger);
    }
}
