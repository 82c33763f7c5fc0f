using System.Diagnostics.CodeAnalysis;

namespace Gateway.Model;

/// <summary>A credential and where it came from, or why there is none.</summary>
public readonly struct CredentialResult
{
    public CredentialResult(Credential credential, CredentialSource source)
    {
        Credential = credential;
        Source = source;
    }

    public CredentialResult(CredentialFailure failure)
    {
        Failure = failure;
        Source = CredentialSource.Failed;
    }

    public Credential? Credential { get; }

    public CredentialFailure? Failure { get; }

    public CredentialSource Source { get; }

    public bool TryGet([NotNullWhen(true)] out Credential? credential, [NotNullWhen(false)] out CredentialFailure? failure)
    {
        credential = Credential;
        failure = Failure;
        return credential is not null;
    }
}
