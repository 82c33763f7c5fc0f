namespace WireMock.Types;

/// <summary>The values of one header or query parameter.</summary>
public class WireMockList<T> : List<T>
{
    /// <summary>No values.</summary>
    public WireMockList()
    {
    }

    /// <summary>These values.</summary>
    public WireMockList(params T[] collection)
        : base(collection)
    {
    }

    /// <summary>These values.</summary>
    public WireMockList(IEnumerable<T> collection)
        : base(collection)
    {
    }

    /// <summary>One value.</summary>
    public static implicit operator WireMockList<T>(T value) => new(value);

    /// <summary>These values.</summary>
    public static implicit operator WireMockList<T>(T[] values) => new(values);

    /// <summary>The values with commas between them.</summary>
    public override string ToString() => string.Join(", ", this);
}
