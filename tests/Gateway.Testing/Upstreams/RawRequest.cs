using System.Text;

namespace Gateway.Testing;

/// <summary>A request byte for byte.</summary>
/// <param name="Head">Request line and header lines, byte for byte as Latin-1, without the empty line.</param>
internal sealed record RawRequest(string Head)
{
    public string RequestLine => Head.Split("\r\n")[0];

    public string Method => RequestLine.Split(' ')[0];

    public string Target => RequestLine.Split(' ')[1];

    public IReadOnlyList<(string Name, string Value)> Headers { get; } =
        [.. Head.Split("\r\n").Skip(1).Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim()))];

    /// <summary>The body as far as it was read, without chunking.</summary>
    public MemoryStream Body { get; } = new();

    public byte[] BodyBytes => Body.ToArray();

    public string BodyText => Encoding.Latin1.GetString(BodyBytes);

    /// <summary>All values of a header; empty when it is missing.</summary>
    public string[] All(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    public string? One(string name) => All(name) switch
    {
        [] => null,
        [var only] => only,
        var several => throw new InvalidOperationException($"{several.Length} headers {name}"),
    };

    public bool Has(string name) => All(name).Length > 0;
}
