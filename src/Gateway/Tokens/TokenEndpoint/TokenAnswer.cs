using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>A token answer (RFC 6749 section 5.1) that passed all checks.</summary>
/// <param name="AccessToken">Visible ASCII without spaces: safe in a header.</param>
/// <param name="Lifetime">Zero or less: expired already. At most ten years. Null when the answer names none.</param>
/// <param name="RefreshToken">Empty when the answer has none: the old one stays.</param>
/// <param name="Scopes">Null when the answer names none: as requested.</param>
internal sealed record TokenAnswer(Secret AccessToken, TimeSpan? Lifetime, Secret RefreshToken, IReadOnlyList<string>? Scopes)
{
    /// <summary>Other short texts of the answer by name, such as a tenant; no member whose name ends in <c>token</c>.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init; } = FrozenDictionary<string, string>.Empty;
}

/// <summary>Why a token call brought no token.</summary>
/// <param name="Outcome">Permanent, transient or configuration.</param>
/// <param name="Reason">A word of <see cref="TokenFailureTable"/>'s closed set or <c>http_NNN</c>, never text of the provider.</param>
/// <param name="RetryAfter">What the answer asked for, at most an hour; null when it asked for nothing.</param>
internal sealed record TokenFailure(RefreshOutcome Outcome, string Reason, TimeSpan? RetryAfter = null)
{
    /// <summary>
    /// The refresh token of an answer that is not usable otherwise; empty when there was none. It replaces the stored one: the provider may
    /// have rotated, and then the presented one is spent.
    /// </summary>
    public Secret RefreshToken { get; init; }
}

/// <summary>The result of a token call: an answer or a failure.</summary>
internal readonly record struct TokenCall(TokenAnswer? Answer, TokenFailure? Failure)
{
    public static implicit operator TokenCall(TokenAnswer answer) => new(answer, null);

    public static implicit operator TokenCall(TokenFailure failure) => new(null, failure);

    public bool TryGet([NotNullWhen(true)] out TokenAnswer? answer, [NotNullWhen(false)] out TokenFailure? failure)
    {
        answer = Answer;
        failure = Failure;
        return answer is not null;
    }
}
