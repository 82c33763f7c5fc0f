using System.Collections.Frozen;

using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Reads <c>Inject</c>: the headers and query parameters that carry the credential, each a template.</summary>
internal static class InjectionParser
{
    // Hop-by-hop and framing headers (RFC 9110 section 7.6.1) belong to the connection, Host to the origin.
    private static readonly FrozenSet<string> ReservedHeaders = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer",
        "Transfer-Encoding", "Upgrade", "Content-Length", "Content-Type", "Content-Encoding", "Expect");

    /// <param name="kind">Null when it is missing or unknown: rules that depend on it are then skipped.</param>
    public static Injection Parse(SectionReader block, ProviderKind? kind)
    {
        var before = block.Errors.Lines.Count;
        var inject = block.GetObject("Inject");
        var headers = ReadTemplates(inject, "Headers", static name => ProviderParser.IsToken(name) && !ReservedHeaders.Contains(name));
        var query = ReadTemplates(inject, "Query", static _ => true);
        inject.RefuseUnknownKeys();
        var isEmpty = headers.Count + query.Count == 0;
        var injection = isEmpty ? Injection.Bearer : new Injection(headers, query);
        if (block.Errors.Lines.Count == before && FindError(kind, injection, isEmpty) is { } error)
        {
            block.Refuse("Inject", error);
        }

        return injection;
    }

    private static string? FindError(ProviderKind? kind, Injection injection, bool isEmpty)
    {
        var usesToken = injection.FieldNames.Contains(Injection.AccessToken, StringComparer.Ordinal);
        return kind switch
        {
            ProviderKind.Secret when isEmpty => "missing; Kind Secret needs at least one header or query parameter",
            ProviderKind.Secret when usesToken => "uses {access_token}, which only Kind OAuth2 has",
            ProviderKind.OAuth2 when !usesToken => "uses {access_token} nowhere, so no token would be sent",
            _ => null,
        };
    }

    private static List<KeyValuePair<string, TextTemplate>> ReadTemplates(
        SectionReader inject, string name, Func<string, bool> isAllowed)
    {
        var templates = new List<KeyValuePair<string, TextTemplate>>();
        foreach (var entry in inject.GetMap(name))
        {
            if (!isAllowed(entry.Key))
            {
                inject.Errors.Add(
                    entry.Path, "is not a header name, or one that belongs to the connection (RFC 9110 sections 5.1 and 7.6.1)");
            }

            if (entry.Value is { Length: > 0 } text && !text.Any(char.IsControl) && TextTemplate.TryParse(text, out var template))
            {
                templates.Add(new(entry.Key, template));
            }
            else
            {
                inject.Errors.Add(entry.Path, "the value is not a template: text with {field}s, on one line");
            }
        }

        return templates;
    }
}
