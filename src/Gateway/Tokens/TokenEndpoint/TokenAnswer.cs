using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>A token answer (RFC 6749 section 5.1) that may be believed.</summary>
/// <param name="AccessToken">Visible ASCII without spaces: safe in a header.</param>
/// <param name="Lifetime">Zero or less: expired already. At most ten years. Null when the answer does not say and nothing is assumed yet.</param>
/// <param name="RefreshToken">Empty when the answer has none: the old one stays.</param>
/// <param name="Scopes">Null when the answer does not say: as asked for.</param>
internal sealed record TokenAnswer(Secret AccessToken, TimeSpan? Lifetime, Secret RefreshToken, IReadOnlyList<string>? Scopes)
{
    /// <summary>Further short texts of the answer, such as a tenant; nothing that is named a token.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init; } = FrozenDictionary<string, string>.Empty;
}
