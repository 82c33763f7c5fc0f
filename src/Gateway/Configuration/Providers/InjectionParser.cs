using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>What goes on the wire: headers and query parameters, each a template.</summary>
internal static class InjectionParser
{
    // Hop-by-hop and framing headers (RFC 9110 section 7.6.1) belong to the connection, Host to the origin.
    private static readonly FrozenSet<string> Unfit = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "Content-Length", "Content-Type", "Content-Encoding", "Expect");

    /// <param name="block">The provider's block.</param>
    /// <param name="kind">Null when the block says nothing readable: rules that depend on it are left out.</param>
    public static Injection Parse(SectionReader block, ProviderKind? kind)
    {
        var before = block.Errors.Lines.Count;
        var inject = block.Object("Inject");
        var headers = ReadTemplates(inject, "Headers", IsHeader);
        var query = ReadTemplates(inject, "Query", static _ => true);
        inject.RefuseUnknownKeys();
        if (headers.Count + query.Count == 0)
        {
            RequireDefault(block, kind, before);
            return Injection.Bearer;
        }

        var injection = new Injection(headers, query);
        if (block.Errors.Lines.Count == before)
        {
            CheckToken(block, kind, injection);
        }

        return injection;
    }

    private static void RequireDefault(SectionReader block, ProviderKind? kind, int errorsBefore)
    {
        if (kind == ProviderKind.Secret && block.Errors.Lines.Count == errorsBefore)
        {
            block.Errors.Add(block.KeyOf("Inject"), "missing; Kind Secret needs at least one header or query parameter");
        }
    }

    private static void CheckToken(SectionReader block, ProviderKind? kind, Injection injection)
    {
        var usesToken = injection.FieldNames.Contains(Injection.AccessToken, StringComparer.Ordinal);
        if (kind == ProviderKind.OAuth2 && !usesToken)
        {
            block.Errors.Add(block.KeyOf("Inject"), "uses {access_token} nowhere, so no token would be sent");
        }
        else if (kind == ProviderKind.Secret && usesToken)
        {
            block.Errors.Add(block.KeyOf("Inject"), "uses {access_token}, which only Kind OAuth2 has");
        }
    }

    private static List<KeyValuePair<string, TextTemplate>> ReadTemplates(SectionReader inject, string name, Func<string, bool> fits)
    {
        var templates = new List<KeyValuePair<string, TextTemplate>>();
        foreach (var entry in inject.Map(name))
        {
            if (!fits(entry.Key))
            {
                inject.Errors.Add(entry.Path, "is not a header name, or one that belongs to the connection (RFC 9110 sections 5.1 and 7.6.1)");
            }

            if (entry.Value is not { Length: > 0 } text || text.Any(char.IsControl) || !TextTemplate.TryParse(text, out var template))
            {
                inject.Errors.Add(entry.Path, "the value is not a template: text with {field}s, on one line");
                continue;
            }

            templates.Add(new(entry.Key, template));
        }

        return templates;
    }

    private static bool IsHeader(string name) => Names.IsToken(name) && !Unfit.Contains(name);
}
