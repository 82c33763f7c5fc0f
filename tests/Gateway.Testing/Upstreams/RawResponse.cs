using System.Text;

namespace Gateway.Testing;

/// <summary>A response byte for byte.</summary>
/// <param name="Head">Status line and header lines, as Latin-1, without the empty line.</param>
/// <param name="Body">Chunking taken off.</param>
/// <param name="Trailers">Lines after the last chunk.</param>
internal sealed record RawResponse(string Head, byte[] Body, string Trailers)
{
    public int Status => int.Parse(Head.Split(' ')[1]);

    public string Text => Encoding.UTF8.GetString(Body);

    public string[] All(string name) =>
        [.. Head.Split("\r\n").Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(name.Length + 1)..].Trim())];

    public string? One(string name) => All(name) switch
    {
        [] => null,
        [var only] => only,
        var several => throw new InvalidOperationException($"{several.Length} headers {name}"),
    };
}
