namespace WireMock.ResponseBuilders;

/// <summary>What goes wrong with a response on purpose.</summary>
public enum FaultType
{
    /// <summary>Nothing.</summary>
    NONE,

    /// <summary>The body is empty.</summary>
    EMPTY_RESPONSE,

    /// <summary>The body breaks off in its middle and ends in garbage.</summary>
    MALFORMED_RESPONSE_CHUNK,
}
