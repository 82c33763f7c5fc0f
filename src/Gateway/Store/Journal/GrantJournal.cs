using System.Text.Json;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Store.Embedded;
using Gateway.Store.Records;

using Microsoft.Extensions.Options;

namespace Gateway.Store.Journal;

/// <summary>
/// A file for each attempt under <c>Store:Path</c>, sealed like the records: written before the store is asked, removed when it has
/// answered. It is written beside its place and moved there, so it is whole or absent. That takes some ten microseconds and outlives a
/// SIGKILL, because the system has the bytes. A flush to the disk takes milliseconds, and follows only when the store did not answer; until
/// then the store's own write is as safe from a loss of power, and as soon. Processes may share the folder: a file is named
/// <c>INSTANCE.ATTEMPT.grant</c> (<c>ATTEMPT.grant</c> by older versions).
/// </summary>
internal sealed partial class GrantJournal(
    IOptions<StoreOptions> options, ConnectionSealer sealer, TimeProvider clock, GatewayMetrics metrics, ILogger<GrantJournal> logger)
        : IGrantJournal
{
    private const string Pattern = "*.grant";

    // Another process may be about to move its draft; not one this old.
    private static readonly TimeSpan DraftLife = TimeSpan.FromHours(1);

    // Null before its first use and after trouble: then it may have to be made again. Two that find it so make the same.
    private volatile StoreDirectory? _folder;

    // Said once per trouble, not once per refresh; a race says it twice.
    private volatile bool _isInTrouble;

    private StoreDirectory Folder => _folder ??= new StoreDirectory(Path.Combine(options.Value.Path, "journal"));

    public void Keep(PendingWrite write)
    {
        var since = clock.GetTimestamp();
        var kept = TryAct(write, folder => folder.WriteWhole(NameOf(write), Serialize(write)));
        metrics.StoreOperation("journal", kept ? "success" : "error", clock.GetElapsedTime(since));
        Recover(kept);
    }

    public bool Sync(PendingWrite write)
    {
        var kept = TryAct(write, folder =>
        {
            if (!folder.Has(NameOf(write)))
            {
                folder.WriteWhole(NameOf(write), Serialize(write));
            }

            folder.Flush(NameOf(write));
        });
        Recover(kept);
        return kept;
    }

    // Says nothing of the next write: a full disk lets go of what it holds.
    public void Drop(PendingWrite write) => TryAct(write, folder => folder.Delete(NameOf(write)));

    public bool TryRead(string? instance, out IReadOnlyList<PendingWrite> writes)
    {
        var found = new List<PendingWrite>();
        var isWhole = true;
        try
        {
            Folder.DeleteDrafts(clock.GetUtcNow() - DraftLife);
            foreach (var file in Folder.Files(instance is null ? Pattern : $"{instance}.{Pattern}"))
            {
                if (Read(file) is { } write)
                {
                    found.Add(write);
                }
                else
                {
                    isWhole &= !File.Exists(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.NoPlace(logger, options.Value.Path, e.Message);
            isWhole = false;
        }

        writes = [.. found.OrderBy(static write => write.Next.Fence)];
        return isWhole;
    }

    private static string NameOf(PendingWrite write) => write.Owner.Instance.Contains('/', StringComparison.Ordinal)
        ? $"{write.Owner.Value}{Pattern[1..]}"
        : $"{write.Owner.Instance}.{write.Owner.Value}{Pattern[1..]}";

    // Null when it can't be read, or is gone by now.
    private PendingWrite? Read(string file)
    {
        try
        {
            return Deserialize(File.ReadAllBytes(file));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is StoreUnavailableException or JsonException or IOException or UnauthorizedAccessException)
        {
            // Kept: the key that it was sealed with may come back. A JsonException would quote the file.
            Log.Unreadable(logger, file, e is JsonException ? "It is no journal file of this version." : e.Message);
            return null;
        }
    }

    private bool TryAct(PendingWrite write, Action<StoreDirectory> act)
    {
        try
        {
            act(Folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _folder = null;
            if (!_isInTrouble)
            {
                _isInTrouble = true;
                Log.NotKept(logger, write.Id.Provider, write.Id.Name, e.Message);
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

    private byte[] Serialize(PendingWrite write)
    {
        var record = sealer.Seal(write.Next);
        return JsonSerializer.SerializeToUtf8Bytes(
            new JournalBody
            {
                Provider = write.Id.Provider,
                Name = write.Id.Name,
                ExpectedGeneration = write.ExpectedGeneration,
                Generation = record.Generation,
                Fence = record.Fence,
                Record = record.Body,
                Intent = new()
                {
                    Attempt = write.Owner.Value,
                    Instance = write.Owner.Instance,
                    SealedSpent = sealer.SealDigest(write.Id, write.Spent, write.ExpectedGeneration),
                    Since = write.Since,
                },
                KeepsEarlierIntent = write.KeepsEarlierIntent,
                IsGiven = write.IsGiven,
                Replaced = write.Replaced,
            },
            StoreJson.Default.JournalBody);
    }

    private PendingWrite Deserialize(byte[] json)
    {
        var body = JsonSerializer.Deserialize(json, StoreJson.Default.JournalBody) ?? throw new JsonException();
        var id = new ConnectionId(body.Provider, body.Name);
        var intent = body.Intent ?? throw new JsonException();
        return new PendingWrite(
            sealer.Open(id, new StoredRecord(body.Generation, body.Fence, body.Record)), body.ExpectedGeneration,
            new AttemptId(intent.Instance, intent.Attempt), sealer.OpenDigest(id, intent.SealedSpent, body.ExpectedGeneration))
        {
            Since = intent.Since,

            // An older version ("MACHINE/PROCESS") has its intents in the record.
            IsOwnersAlone = body.Generation <= body.ExpectedGeneration && !intent.Instance.Contains('/', StringComparison.Ordinal),
            KeepsEarlierIntent = body.KeepsEarlierIntent,
            IsGiven = body.IsGiven,
            Replaced = body.Replaced,
        };
    }

    private static partial class Log
    {
        [LoggerMessage(1140, LogLevel.Warning,
            "Store:Path '{Path}' can't hold the journal ({Problem}): a rotated grant that the store does not take is lost with the " +
            "process.")]
        public static partial void NoPlace(ILogger logger, string path, string problem);

        [LoggerMessage(1141, LogLevel.Error,
            "Connection {Provider}/{Connection}: the journal in Store:Path could not be written ({Problem}). Until it can be, a rotated " +
            "grant that the store does not take is lost with the process.")]
        public static partial void NotKept(ILogger logger, string provider, string connection, string problem);

        [LoggerMessage(1142, LogLevel.Error, "Journal file '{File}' is kept and not replayed: {Problem}")]
        public static partial void Unreadable(ILogger logger, string file, string problem);

        [LoggerMessage(1143, LogLevel.Information, "The journal in Store:Path can be written again.")]
        public static partial void KeptAgain(ILogger logger);
    }
}

/// <summary>
/// The JSON of a journal file: a record as it would lie in Redis, and what it is to replace. Older versions wrote fewer members.
/// </summary>
internal sealed class JournalBody
{
    public string Provider { get; init; } = "";
    public string Name { get; init; } = "";
    public long ExpectedGeneration { get; init; }
    public long Generation { get; init; }
    public long Fence { get; init; }
    public RecordBody Record { get; init; } = new();
    public RecordedIntent? Intent { get; init; }
    public bool KeepsEarlierIntent { get; init; }
    public bool IsGiven { get; init; }
    public DateTimeOffset? Replaced { get; init; }
}
