using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

using Gateway.Model;

namespace Gateway.Observability;

/// <summary>
/// The one count of the warm path, kept as plain numbers that a scrape reads: the SDK's own way through tags and aggregators, for
/// every request, was a thirtieth of a request's time.
/// </summary>
internal sealed class CredentialCounts
{
    private static readonly CredentialSource[] Sources = Enum.GetValues<CredentialSource>();

    // By provider, one number for each source; requests increment, scrapes read, entries are never removed (providers come from the
    // configuration).
    private readonly ConcurrentDictionary<string, long[]> _counts = new(StringComparer.Ordinal);

    public void Add(string provider, CredentialSource source) => Interlocked.Increment(ref Of(provider)[(int)source]);

    /// <summary>Makes the provider's series appear at 0.</summary>
    public void Announce(string provider) => Of(provider);

    public IEnumerable<Measurement<long>> Observe()
    {
        foreach (var (provider, counts) in _counts)
        {
            foreach (var source in Sources)
            {
                yield return new(
                    Volatile.Read(ref counts[(int)source]),
                    new KeyValuePair<string, object?>(GatewayTags.Provider, provider), new(GatewayTags.Source, GatewayTags.ToTagValue(source)));
            }
        }
    }

    private long[] Of(string provider) => _counts.TryGetValue(provider, out var counts)
        ? counts
        : _counts.GetOrAdd(provider, static _ => new long[Sources.Length]);
}
