using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// The records of one resource of one account. Concurrent requests read and write: each access takes the lock and copies.
/// </summary>
internal sealed class JsonCollection
{
    private readonly Lock _gate = new();
    private readonly List<JsonObject> _items = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _items.Count;
            }
        }
    }

    public void Add(JsonObject item)
    {
        lock (_gate)
        {
            _items.Add((JsonObject)item.DeepClone());
        }
    }

    public JsonObject? Find(string id)
    {
        lock (_gate)
        {
            return _items.Find(item => string.Equals(item["id"]?.ToString(), id, StringComparison.Ordinal))?.DeepClone() as JsonObject;
        }
    }

    public JsonArray Slice(int offset, int count)
    {
        lock (_gate)
        {
            return new JsonArray([.. _items.Skip(offset).Take(count).Select(item => item.DeepClone())]);
        }
    }
}
