using System.Diagnostics.CodeAnalysis;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>How a token call ended: with an answer or with a failure.</summary>
internal readonly struct TokenCall
{
    private TokenCall(TokenAnswer? answer, TokenFailure? failure)
    {
        Answer = answer;
        Failure = failure;
    }

    public TokenAnswer? Answer { get; }

    public TokenFailure? Failure { get; }

    public static implicit operator TokenCall(TokenAnswer answer) => new(answer, null);

    public static implicit operator TokenCall(TokenFailure failure) => new(null, failure);

    public bool TryGet([NotNullWhen(true)] out TokenAnswer? answer, [NotNullWhen(false)] out TokenFailure? failure)
    {
        answer = Answer;
        failure = Failure;
        return answer is not null;
    }
}
