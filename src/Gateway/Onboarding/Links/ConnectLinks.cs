using Gateway.Model;

namespace Gateway.Onboarding.Links;

/// <summary>
/// Links by their token. Opening a page changes nothing, so that previews of mail and chat do no harm; what uses a link up is a
/// connection that came of it.
/// </summary>
internal sealed class ConnectLinks(IOneTimeStore store, TimeProvider clock)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly OneTimeEntries<ConnectLink> _kept = new(store, "link", OnboardingJson.Default.ConnectLink, clock);

    /// <returns>The token, which is nowhere else.</returns>
    public async Task<string> CreateAsync(ConnectLink link)
    {
        var token = RandomToken.Create();
        await _kept.PutAsync(token, link, link.ExpiresAt - clock.GetUtcNow());
        return token;
    }

    /// <summary>Null for a link that never was, was used, or is too old.</summary>
    public async Task<ConnectLink?> FindAsync(string token, CancellationToken cancellationToken) =>
        Current(await _kept.PeekAsync(token, cancellationToken));

    /// <summary>The link, out of everybody else's reach: of two tabs that complete at once, one goes on.</summary>
    public async Task<ConnectLink?> TakeAsync(string token) => Current(await _kept.TakeAsync(token));

    /// <summary>Nothing came of it, so the owner may try again; as soon as the store answers, when it does not now.</summary>
    public async Task PutBackAsync(string token, ConnectLink link)
    {
        var left = link.ExpiresAt - clock.GetUtcNow();
        if (left > TimeSpan.Zero && !await _kept.TryPutAsync(token, link, left))
        {
            _ = _kept.PutPatientlyAsync(token, link, left);
        }
    }

    // By this clock too, whatever the store's says.
    private ConnectLink? Current(ConnectLink? link) => link?.ExpiresAt > clock.GetUtcNow() ? link : null;
}
