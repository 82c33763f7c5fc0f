using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>What became of a grant that an owner gave.</summary>
/// <param name="Connection">What is stored now, or will be unless somebody is faster.</param>
/// <param name="Landing">
/// Completes when the store has it, or has something else that stands above it: then with <see cref="SaveOutcome.Overtaken"/>. While the
/// store does not answer it is under way.
/// </param>
internal sealed record GivenGrant(Connection Connection, Task<SaveOutcome> Landing)
{
    public bool IsOvertaken => Landing is { IsCompletedSuccessfully: true, Result: SaveOutcome.Overtaken };
}
