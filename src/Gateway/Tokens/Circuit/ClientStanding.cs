using Gateway.Model;

namespace Gateway.Tokens.Circuit;

/// <summary>How one provider takes the gateway, as one configuration of the client presents it.</summary>
/// <param name="provider">The provider's name.</param>
/// <param name="fingerprint">Of the configuration.</param>
/// <param name="since">When this process first had it.</param>
internal sealed class ClientStanding(string provider, string fingerprint, DateTimeOffset since)
{
    // Replaced as a whole by token calls and by what other instances say; read by refreshes, probes, scrapes and operators.
    private volatile Verdict _verdict = Verdict.Fine;

    // Index of the client secret that the provider took last; written by token calls that succeed.
    private volatile int _secret;

    // Held to begin a look: of several callers who find one due, one begins it.
    private readonly Lock _gate = new();

    // The latest look at what is shared, and the ticks at which another is due. Written in this order and read in the opposite one, so that
    // whoever finds that none is due also finds the look that is under way.
    private volatile Task _looking = Task.CompletedTask;
    private long _lookAt;

    public string Provider => provider;

    public string Fingerprint => fingerprint;

    public DateTimeOffset Since => since;

    public int Secret => _secret;

    public ProviderAlarm? Alarm => _verdict.Alarm;

    /// <summary>True when other instances were told of <see cref="Alarm"/>, so that its absence there means that it is over.</summary>
    public bool IsShared => _verdict.IsShared;

    /// <summary>The order in which to try the client's secrets: what worked last, then the others as configured.</summary>
    public IEnumerable<int> SecretsOf(OAuthClient client)
    {
        var first = Math.Min(_secret, client.ClientSecrets.Count - 1);
        yield return first;
        for (var index = 0; index < client.ClientSecrets.Count; index++)
        {
            if (index != first)
            {
                yield return index;
            }
        }
    }

    /// <returns>False when it was that one already.</returns>
    public bool TryUse(int secret) => Interlocked.Exchange(ref _secret, secret) != secret;

    /// <returns>What held before.</returns>
    public ProviderAlarm? Update(ProviderAlarm? alarm, bool shared) => Interlocked.Exchange(ref _verdict, new(alarm, shared)).Alarm;

    /// <summary>Begins a look at what is shared, if none began within the interval.</summary>
    /// <returns>The latest look.</returns>
    public Task LookOnce(DateTimeOffset now, TimeSpan interval, Func<ClientStanding, Task> look)
    {
        if (now.UtcTicks < Volatile.Read(ref _lookAt))
        {
            return _looking;
        }

        lock (_gate)
        {
            if (now.UtcTicks >= _lookAt)
            {
                _looking = Task.Run(() => look(this));
                Volatile.Write(ref _lookAt, (now + interval).UtcTicks);
            }

            return _looking;
        }
    }

    private sealed record Verdict(ProviderAlarm? Alarm, bool IsShared)
    {
        public static readonly Verdict Fine = new(null, false);
    }
}
