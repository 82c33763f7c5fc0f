using System.Diagnostics.CodeAnalysis;

namespace Gateway.Model;

/// <summary>The origin, headers and query parameters of a connection, rendered once for each generation. Immutable.</summary>
public sealed class Credential
{
    public required ConnectionId Connection { get; init; }

    /// <summary>The generation that a 401 is held against: <see cref="Connections.Connection.TokenGeneration"/>.</summary>
    public required long Generation { get; init; }

    /// <summary>The origin of this connection, fields expanded: the only place to send it.</summary>
    public required Uri Origin { get; init; }

    public required KeyValuePair<string, string>[] Headers { get; init; }

    /// <summary>Query parameters, name and value already escaped.</summary>
    public required KeyValuePair<string, string>[] Query { get; init; }

    /// <summary>A header of an answer that contains one of these is dropped.</summary>
    public required string[] SecretValues { get; init; }

    /// <summary>False for secrets: a 401 can't be healed by a refresh.</summary>
    public required bool Renewable { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The granted scopes; empty when the provider did not say.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    public override string ToString() => $"{Connection} generation {Generation}";
}

/// <summary>A credential and where it came from, or why there is none.</summary>
public readonly struct CredentialResult
{
    public CredentialResult(Credential credential, CredentialSource source) => (Credential, Source) = (credential, source);

    public CredentialResult(CredentialFailure failure) => (Failure, Source) = (failure, CredentialSource.Failed);

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

/// <summary>Why there is no credential.</summary>
/// <param name="Error">The code and status that the caller gets.</param>
/// <param name="Detail">A sentence for people, without a secret and without the provider's own words.</param>
/// <param name="RetryAfter">When asking again may help; null when only an operator can.</param>
public sealed record CredentialFailure(GatewayError Error, string Detail, TimeSpan? RetryAfter = null);

/// <summary>Where a request's credential came from.</summary>
public enum CredentialSource
{
    /// <summary>The in-process snapshot.</summary>
    Memory,

    /// <summary>A read of the store.</summary>
    Store,

    /// <summary>A refresh that the request waited for, its own or that of another request.</summary>
    Refresh,

    /// <summary>Nowhere: the request was refused.</summary>
    Failed,
}
