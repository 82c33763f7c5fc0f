using System.Diagnostics.CodeAnalysis;

namespace Gateway.Model;

/// <summary>
/// An absolute URI whose host or path may hold <c>{field}</c>s of a connection: <c>https://{client}-api.bipsync.com</c>.
/// Expansion checks again that scheme, user information, port and shape are what the template says, whatever the fields hold.
/// </summary>
public sealed class UriTemplate
{
    private readonly TextTemplate _text;
    private readonly Uri? _constant;

    private UriTemplate(TextTemplate text, Uri? constant) => (_text, _constant) = (text, constant);

    /// <summary>The names between braces, each once.</summary>
    public IReadOnlyList<string> FieldNames => _text.FieldNames;

    /// <summary>The template as configured.</summary>
    public string Text => _text.Text;

    /// <summary>Parses an absolute http or https URI without user information, query or fragment; http only to loopback.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UriTemplate? template)
    {
        template = null;
        if (!TextTemplate.TryParse(text, out var parsed) || !TryBuild(parsed.Expand(static _ => "1"), out var sample))
        {
            return false;
        }

        template = new UriTemplate(parsed, parsed.FieldNames.Count == 0 ? sample : null);
        return true;
    }

    /// <summary>The URI for a connection; false when a field is missing or would change more than its place.</summary>
    public bool TryExpand(IReadOnlyDictionary<string, string> fields, [NotNullWhen(true)] out Uri? uri)
    {
        uri = _constant;
        return uri is not null || (_text.FieldNames.All(name => fields.TryGetValue(name, out var value) && IsPlain(value))
            && TryBuild(_text.Expand(name => fields[name]), out uri));
    }

    public override string ToString() => Text;

    // Part of a host or of a path segment, never a delimiter: it can't add a port, a path, user information or an empty label.
    private static bool IsPlain(string value) =>
        value.Length is > 0 and <= 128
        && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && value[0] != '.' && value[^1] != '.' && !value.Contains("..", StringComparison.Ordinal);

    private static bool TryBuild(string text, [NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri)
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri)))
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0
        && text.StartsWith($"{uri.Scheme}://{uri.Host}", StringComparison.OrdinalIgnoreCase);

    // RFC 6761 section 6.3: names under "localhost" are loopback.
    private static bool IsLoopback(Uri uri) => uri.IsLoopback || uri.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
}
