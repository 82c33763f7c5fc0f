using WireMock.Types;
using WireMock.Util;

namespace WireMock;

/// <summary>A request as it came in.</summary>
public interface IRequestMessage
{
    /// <summary>The client's address.</summary>
    string ClientIP { get; }

    /// <summary>The same as <see cref="AbsoluteUrl"/>.</summary>
    string Url { get; }

    /// <summary>Scheme, host and the request target byte for byte as it was on the wire: nothing is decoded or normalized.</summary>
    string AbsoluteUrl { get; }

    /// <summary>When it was received, UTC.</summary>
    DateTime DateTime { get; }

    /// <summary>The decoded path.</summary>
    string Path { get; }

    /// <summary>The same as <see cref="Path"/>.</summary>
    string AbsolutePath { get; }

    /// <summary>The parts of the path.</summary>
    string[] PathSegments { get; }

    /// <summary>In capitals, as sent.</summary>
    string Method { get; }

    /// <summary>"1.1" or "2".</summary>
    string HttpVersion { get; }

    /// <summary>By name, with exact case, as Kestrel spells known names.</summary>
    IDictionary<string, WireMockList<string>>? Headers { get; }

    /// <summary>By name.</summary>
    IDictionary<string, string>? Cookies { get; }

    /// <summary>Decoded, by name with exact case.</summary>
    IDictionary<string, WireMockList<string>>? Query { get; }

    /// <summary>As on the wire, with the question mark; empty if there is none.</summary>
    string RawQuery { get; }

    /// <summary>Null without a body.</summary>
    IBodyData? BodyData { get; }

    /// <summary>The body as text; null if there is none or it isn't UTF-8.</summary>
    string? Body { get; }

    /// <summary>The body as on the wire; null if there is none.</summary>
    byte[]? BodyAsBytes { get; }

    /// <summary>Of the Host header, without port.</summary>
    string Host { get; }

    /// <summary>The scheme.</summary>
    string Protocol { get; }

    /// <summary>Of the Host header.</summary>
    int Port { get; }

    /// <summary>Scheme, host and port.</summary>
    string Origin { get; }

    /// <summary>The values of a query parameter; null if it isn't there.</summary>
    WireMockList<string>? GetParameter(string key, bool ignoreCase = false);
}
