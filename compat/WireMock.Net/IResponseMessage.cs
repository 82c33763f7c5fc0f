using WireMock.ResponseBuilders;
using WireMock.Types;
using WireMock.Util;

namespace WireMock;

/// <summary>A response as it was or will be sent.</summary>
public interface IResponseMessage
{
    /// <summary>Null without a body.</summary>
    IBodyData? BodyData { get; }

    /// <summary>What goes wrong on purpose.</summary>
    FaultType FaultType { get; }

    /// <summary>How often it goes wrong, from 0 to 1; null for always.</summary>
    double? FaultPercentage { get; }

    /// <summary>By name.</summary>
    IDictionary<string, WireMockList<string>>? Headers { get; }

    /// <summary>A number, its text or an <see cref="System.Net.HttpStatusCode"/>; null for 200.</summary>
    object? StatusCode { get; }
}
