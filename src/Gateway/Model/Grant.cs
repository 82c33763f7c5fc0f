using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Model;

/// <summary>The durable secret behind a connection.</summary>
/// <param name="RefreshToken">Empty for secrets that are not OAuth and for the client-credentials grant.</param>
/// <param name="Fields">Integration token, API token, API key: by the name that the provider's templates use.</param>
public sealed record Grant(Secret RefreshToken, IReadOnlyDictionary<string, Secret> Fields)
{
    public static Grant None { get; } = new(default, FrozenDictionary<string, Secret>.Empty);

    /// <summary>Tells one refresh token from another. To be sealed where it is stored, so that it can't be tried against guesses.</summary>
    public Secret Digest() => new(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(RefreshToken.Reveal()))));
}

/// <summary>What goes on the wire now, and until when.</summary>
/// <param name="ExpiresAt">From here on it is not used; <see cref="DateTimeOffset.MaxValue"/> when it never expires.</param>
public sealed record Token(Secret Value, DateTimeOffset ExpiresAt);

/// <summary>The OAuth 2 grants that the gateway speaks.</summary>
public enum OAuthGrant
{
    /// <summary>An owner consented in a browser; a refresh token is kept (RFC 6749 section 4.1 and 6).</summary>
    AuthorizationCode,

    /// <summary>The application itself is the owner; nothing is kept, a new token is asked for (RFC 6749 section 4.4).</summary>
    ClientCredentials,
}
