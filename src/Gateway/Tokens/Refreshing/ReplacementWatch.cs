using Gateway.Model;
using Gateway.Tokens.Cache;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Tells when a connection is replaced or removed during its token call: what the call brings can't be saved any more, so nobody waits for
/// its end. To be created before the store confirms what the call is made with, so that no change in between is missed.
/// </summary>
internal sealed class ReplacementWatch : IDisposable
{
    private readonly IConnectionStore _store;
    private readonly Connection _current;
    private readonly ChangeSignal _changes;
    private Task _changed;

    public ReplacementWatch(IConnectionStore store, Connection current)
    {
        (_store, _current) = (store, current);
        _changes = new(store, current.Id);
        _changed = _changes.Next;
    }

    /// <returns>False when the call came to its end first.</returns>
    public async Task<bool> IsFirstAsync(Task calling)
    {
        while (await Task.WhenAny(calling, _changed) != calling)
        {
            _changed = _changes.Next;
            if (await IsReplacedAsync())
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose() => _changes.Dispose();

    private async Task<bool> IsReplacedAsync()
    {
        try
        {
            var stored = await _store.ReadAsync(_current.Id, CancellationToken.None);
            return (stored?.Generation ?? 0) != _current.Generation && (stored is null || !_current.Succeeds(stored));
        }
        catch (Exception)
        {
            // Whatever it is: the call may bring a grant, and its end meets the store again.
            return false;
        }
    }
}
