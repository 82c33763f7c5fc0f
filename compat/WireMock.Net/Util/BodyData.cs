using System.Text;
using WireMock.Types;

namespace WireMock.Util;

/// <inheritdoc />
public class BodyData : IBodyData
{
    /// <inheritdoc />
    public byte[]? BodyAsBytes { get; set; }

    /// <inheritdoc />
    public string? BodyAsString { get; set; }

    /// <inheritdoc />
    public object? BodyAsJson { get; set; }

    /// <inheritdoc />
    public bool? BodyAsJsonIndented { get; set; }

    /// <inheritdoc />
    public IDictionary<string, string>? BodyAsFormUrlEncoded { get; set; }

    /// <inheritdoc />
    public BodyType? DetectedBodyType { get; set; }

    /// <inheritdoc />
    public Encoding? Encoding { get; set; }
}
