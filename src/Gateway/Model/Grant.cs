using System.Collections.Frozen;

namespace Gateway.Model;

/// <summary>The durable secret behind a connection.</summary>
/// <param name="RefreshToken">Empty for secrets that are not OAuth and for the client-credentials grant.</param>
/// <param name="Fields">Integration token, API token, API key: by the name that the provider's templates use.</param>
public sealed record Grant(Secret RefreshToken, IReadOnlyDictionary<string, Secret> Fields)
{
    public static Grant None { get; } = new(default, FrozenDictionary<string, Secret>.Empty);
}
