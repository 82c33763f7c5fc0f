using System.Collections.Frozen;

namespace Gateway.Configuration.Providers;

/// <summary>Further parameters of the authorization request (RFC 6749 section 3.1), none of them one that the gateway sets itself.</summary>
internal static class AuthorizationParametersParser
{
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "client_secret");

    public static IReadOnlyDictionary<string, string> Parse(SectionReader block)
    {
        var parameters = block.Map("AuthorizationParameters").ToList();
        foreach (var parameter in parameters)
        {
            if (Reserved.Contains(parameter.Key))
            {
                block.Errors.Add(parameter.Path, "is set by the gateway itself");
            }
            else if (string.IsNullOrEmpty(parameter.Value))
            {
                block.Errors.Add(parameter.Path, "is not a text with at least one character");
            }
        }

        return parameters.ToFrozenDictionary(static pair => pair.Key, static pair => pair.Value ?? "", StringComparer.Ordinal);
    }
}
