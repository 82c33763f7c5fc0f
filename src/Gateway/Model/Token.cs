namespace Gateway.Model;

/// <summary>What goes on the wire now, and until when.</summary>
/// <param name="Value">The access token.</param>
/// <param name="ExpiresAt">From here on it is not used; <see cref="DateTimeOffset.MaxValue"/> when it never expires.</param>
public sealed record Token(Secret Value, DateTimeOffset ExpiresAt);
