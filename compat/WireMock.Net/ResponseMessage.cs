using WireMock.ResponseBuilders;
using WireMock.Types;
using WireMock.Util;

namespace WireMock;

/// <inheritdoc />
public class ResponseMessage : IResponseMessage
{
    /// <inheritdoc />
    public IDictionary<string, WireMockList<string>>? Headers { get; set; } =
        new Dictionary<string, WireMockList<string>>(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc />
    public object? StatusCode { get; set; }

    /// <inheritdoc />
    public IBodyData? BodyData { get; set; }

    /// <inheritdoc />
    public FaultType FaultType { get; set; }

    /// <inheritdoc />
    public double? FaultPercentage { get; set; }

    /// <summary>Adds a header, or values to it.</summary>
    public void AddHeader(string name, params string[] values)
    {
        Headers ??= new Dictionary<string, WireMockList<string>>(StringComparer.OrdinalIgnoreCase);
        if (Headers.TryGetValue(name, out var present))
        {
            present.AddRange(values);
        }
        else
        {
            Headers.Add(name, values);
        }
    }

    internal static ResponseMessage Text(int status, string text) => new()
    {
        StatusCode = status,
        BodyData = new BodyData { BodyAsString = text, DetectedBodyType = BodyType.String },
    };
}
