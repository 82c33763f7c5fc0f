namespace WireMock.Matchers.Request;

/// <summary>Decides about a request. Built by <see cref="RequestBuilders.Request.Create"/>.</summary>
public interface IRequestMatcher
{
    /// <summary>How much it asks for: of two mappings of equal priority, the more demanding one answers.</summary>
    internal int Demands { get; }

    /// <summary>Whether the request fits. The genuine interface gives a score here.</summary>
    internal bool Accepts(IRequestMessage request);
}
