using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>A look at the store: what is there, and whether that answers a refresh already.</summary>
internal sealed class RefreshLook(IConnectionStore store, TimeProvider clock)
{
    /// <returns>What is stored, and the end of the refresh; null when the token endpoint is to be asked.</returns>
    public async Task<(Connection? Stored, RefreshResult? Verdict)> AtAsync(RefreshRequest request)
    {
        var stored = await store.ReadAsync(request.Connection, CancellationToken.None);
        var verdict = RefreshVerdict.Of(request, stored, clock.GetUtcNow());
        return (stored, verdict is null ? null : await RememberRejectionAsync(request, verdict));
    }

    // 401 rule 6: no refresh is due for now, and the third party refuses the token. It is not sent again. An attempt that may be under way
    // keeps the record to itself: this write has no lease, and must not put back an intent that is being taken out.
    private async Task<RefreshResult> RememberRejectionAsync(RefreshRequest request, RefreshResult verdict)
    {
        if (verdict is not { Failure: not null, Connection: { } stored } || FailedConnection.IsRejectionNoted(stored, request))
        {
            return verdict;
        }

        var next = FailedConnection.NoteRejection(stored, request);
        try
        {
            if (stored.Intent is null)
            {
                await store.TryWriteAsync(next, stored.Generation, CancellationToken.None);
            }
        }
        catch (StoreUnavailableException)
        {
            // This instance knows it at least.
        }

        return verdict with { Connection = next };
    }
}
