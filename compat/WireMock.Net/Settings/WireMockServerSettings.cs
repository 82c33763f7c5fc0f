namespace WireMock.Settings;

/// <summary>Where the server listens.</summary>
public class WireMockServerSettings
{
    /// <summary>A port of the loopback address. Default, and 0: any free one.</summary>
    public int? Port { get; set; }

    /// <summary>Instead of <see cref="Port"/>: addresses such as <c>http://127.0.0.1:0</c>.</summary>
    public string[]? Urls { get; set; }
}
