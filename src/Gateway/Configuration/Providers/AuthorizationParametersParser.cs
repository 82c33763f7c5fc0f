using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Further parameters of the authorization request (RFC 6749 section 3.1), none of them one that the gateway sets itself.</summary>
internal static class AuthorizationParametersParser
{
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "client_secret");

    public static IReadOnlyDictionary<string, TextTemplate> Parse(SectionReader block)
    {
        var parameters = new Dictionary<string, TextTemplate>(StringComparer.Ordinal);
        foreach (var parameter in block.Map("AuthorizationParameters"))
        {
            if (Reserved.Contains(parameter.Key))
            {
                block.Errors.Add(parameter.Path, "is set by the gateway itself");
            }

            if (string.IsNullOrEmpty(parameter.Value))
            {
                block.Errors.Add(parameter.Path, "is not a text with at least one character");
            }
            else if (TextTemplate.TryParse(parameter.Value, out var template))
            {
                parameters[parameter.Key] = template;
            }
            else
            {
                block.Errors.Add(parameter.Path, parameter.Value, "is not a template: text with {field}s");
            }
        }

        return parameters.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
