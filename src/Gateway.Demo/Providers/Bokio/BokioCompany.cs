using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>A company in Bokio and its records. Tests set the plan and the add-on; a change applies to the next request.</summary>
internal sealed class BokioCompany(string name)
{
    private readonly ConcurrentDictionary<string, JsonCollection> _resources = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    /// <summary>Derived from the name, so that it is the same in each run.</summary>
    public Guid Id { get; } = new(SHA256.HashData(Encoding.UTF8.GetBytes("bokio company " + name)).AsSpan(0, 16));

    public BokioPlan Plan { get; set; } = BokioPlan.Business;

    public bool HasIntegrationAddOn { get; set; }

    /// <summary>Uploaded files by id.</summary>
    public ConcurrentDictionary<string, byte[]> Uploads { get; } = new(StringComparer.Ordinal);

    public JsonCollection Resource(string name) => _resources.GetOrAdd(name, _ => new JsonCollection());

    internal bool Allows(BokioCaller caller) => Plan switch
    {
        BokioPlan.Basic => false,
        BokioPlan.Premium => caller.IsIntegrationToken || HasIntegrationAddOn,
        _ => true,
    };
}

/// <summary>Price plans. Plus and Business include public integrations, Premium with an add-on; Basic does not.</summary>
internal enum BokioPlan
{
    Basic,
    Plus,
    Premium,
    Business,
}
