using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>A company in bexio and its records. Ids are consecutive numbers, as in bexio.</summary>
internal sealed class BexioCompany(string name, int id)
{
    private readonly ConcurrentDictionary<string, JsonCollection> _resources = new(StringComparer.Ordinal);
    private int _lastId;

    public string Name { get; } = name;

    public int Id { get; } = id;

    public JsonCollection Resource(string name) => _resources.GetOrAdd(name, _ => new JsonCollection());

    public JsonObject Create(string resource, JsonObject record)
    {
        record["id"] = Interlocked.Increment(ref _lastId);
        Resource(resource).Add(record);
        return record;
    }
}
