namespace Gateway.Tokens.Refreshing;

/// <summary>What became of the end of an attempt.</summary>
internal enum SaveOutcome
{
    /// <summary>The store has it.</summary>
    Saved,

    /// <summary>The connection was removed or replaced meanwhile; nothing is to be saved any more.</summary>
    Overtaken,

    /// <summary>The store has not taken it yet: it is in the journal and is written again.</summary>
    Unsaved,
}
