namespace WireMock.ResponseBuilders;

/// <summary>What a body is turned into before it is sent.</summary>
public static class BodyDestinationFormat
{
    /// <summary>Nothing else: the only destination offered.</summary>
    public const string SameAsSource = "SameAsSource";
}
