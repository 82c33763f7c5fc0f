using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Puts a grant that an owner gave in the place of what was stored when he gave it. It exists once, as a rotated one does, so it is kept as
/// those are: in the journal before the store is asked, and in memory until the store has it.
/// </summary>
internal sealed class GivenGrants(UnsavedGrants unsaved, TimeProvider clock)
{
    /// <param name="content">Its place, grant, token, fields and scopes; all else starts afresh.</param>
    /// <param name="before">What was stored before the grant was asked for; null when nothing was.</param>
    public Task<GivenGrant> SaveAsync(Connection content, Connection? before)
    {
        var now = clock.GetUtcNow();
        var next = content with { Generation = (before?.Generation ?? 0) + 1, Fence = before?.Fence ?? 0, ConnectedAt = now };
        var intent = RefreshIntent.Of(before?.Grant ?? Grant.None, RefreshAttempt.Instance, null, now);
        return unsaved.SaveAsync(new(next, before?.Generation ?? 0, intent) { IsGiven = true, Replaced = before?.ConnectedAt });
    }
}
