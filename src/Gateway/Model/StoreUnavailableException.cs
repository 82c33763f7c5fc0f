namespace Gateway.Model;

/// <summary>The store is out of reach, too slow, read-only, or holds a record that this process has no key for: a broken wire, never "absent".</summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException()
    {
    }

    /// <param name="message">Without a secret and without a key name.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True when the store answers, but what it holds can't be opened here: asking again helps nobody before the keys are mended.</summary>
    public bool IsUnreadable { get; init; }
}
