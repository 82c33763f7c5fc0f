using Gateway.Store.Records;

namespace Gateway.Store.Journal;

/// <summary>The JSON of a journal file: a record as it would lie in Redis, and what it is to replace.</summary>
internal sealed class JournalBody
{
    public string Provider { get; init; } = "";

    public string Name { get; init; } = "";

    public long ExpectedGeneration { get; init; }

    public long Generation { get; init; }

    public long Fence { get; init; }

    public RecordBody Record { get; init; } = new();

    public RecordedIntent? Intent { get; init; }

    /// <summary>False in files of an older version.</summary>
    public bool IsGiven { get; init; }

    public DateTimeOffset? Replaced { get; init; }
}
