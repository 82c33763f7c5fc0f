using System.Text;
using WireMock.Types;

namespace WireMock.Util;

/// <summary>A body, received or to be sent.</summary>
public interface IBodyData
{
    /// <summary>As on the wire; null for none.</summary>
    byte[]? BodyAsBytes { get; set; }

    /// <summary>As text; null if it is none.</summary>
    string? BodyAsString { get; set; }

    /// <summary>To be sent as JSON.</summary>
    object? BodyAsJson { get; set; }

    /// <summary>Whether the JSON is to be indented.</summary>
    bool? BodyAsJsonIndented { get; set; }

    /// <summary>The fields of a received form; null if it is none.</summary>
    IDictionary<string, string>? BodyAsFormUrlEncoded { get; set; }

    /// <summary>Which of the properties counts.</summary>
    BodyType? DetectedBodyType { get; set; }

    /// <summary>The text's encoding. Null means UTF-8.</summary>
    Encoding? Encoding { get; set; }
}
