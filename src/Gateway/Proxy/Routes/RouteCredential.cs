using Gateway.Model;

namespace Gateway.Proxy.Routes;

/// <summary>A route's <c>Credential</c> transform: which credential, for which connection, and whether a 401 may be replayed.</summary>
public sealed record RouteCredential
{
    public const int DefaultReplayBodyLimit = 1048576;

    public required string Provider { get; init; }

    public ConnectionSelector Connection { get; init; } = ConnectionSelector.Default;

    public ReplayPolicy Replay { get; init; } = ReplayPolicy.Always;

    /// <summary>Bytes of a request body that are kept for a replay. Default 1 MiB.</summary>
    public int ReplayBodyLimit { get; init; } = DefaultReplayBodyLimit;

    /// <summary>A scope that the connection must have been granted; null for none.</summary>
    public string? Scope { get; init; }
}

/// <summary>Whether a request that was answered with 401 may be sent a second time.</summary>
public enum ReplayPolicy
{
    /// <summary>Any method: a third party that answers 401 has not acted. The default.</summary>
    Always,

    /// <summary>GET, HEAD and OPTIONS, or any method with an <c>Idempotency-Key</c>.</summary>
    Safe,

    /// <summary>Never. The token is still refreshed, so that the caller's own retry works.</summary>
    Never,
}

/// <summary>Where a route reads the name of its connection.</summary>
/// <param name="Kind">The kind of source.</param>
/// <param name="Value">The name itself, the route value's name or the header's name.</param>
public sealed record ConnectionSelector(ConnectionSelector.Way Kind, string Value)
{
    /// <summary>The request header that is read when a route sets no <c>Connection</c>; it is never forwarded.</summary>
    public const string DefaultHeader = "Gateway-Connection";

    /// <summary>Used when a route sets no <c>Connection</c>: the header, else <c>default</c>.</summary>
    public static ConnectionSelector Default { get; } = new(Way.HeaderOrDefault, DefaultHeader);

    public enum Way
    {
        /// <summary>A name in the configuration.</summary>
        Fixed,

        /// <summary>A parameter of the route's path: <c>{tenant}</c>.</summary>
        RouteValue,

        /// <summary>A request header that must be present: <c>header:X-Tenant</c>.</summary>
        Header,

        /// <summary><see cref="DefaultHeader"/>, else <c>default</c>.</summary>
        HeaderOrDefault,
    }
}

/// <summary>Reads a <c>Credential</c> transform and reports every error in it.</summary>
public static class RouteCredentialParser
{
    public const string CredentialKey = "Credential";
    public const string ConnectionKey = "Connection";
    public const string ReplayKey = "Replay";
    public const string ReplayBodyLimitKey = "ReplayBodyLimit";
    public const string ScopeKey = "Scope";

    private static readonly string[] Keys = [CredentialKey, ConnectionKey, ReplayKey, ReplayBodyLimitKey, ScopeKey];

    public static bool IsCredential(IReadOnlyDictionary<string, string> transform) => transform.ContainsKey(CredentialKey);

    /// <returns>Null when <paramref name="errors"/> got at least one message; each names key, value and rule.</returns>
    public static RouteCredential? Parse(IReadOnlyDictionary<string, string> transform, ICollection<string> errors)
    {
        var before = errors.Count;
        foreach (var unknown in transform.Keys.Where(static key => !Keys.Contains(key, StringComparer.OrdinalIgnoreCase)))
        {
            errors.Add($"{unknown}: not a key of a Credential transform; known are {string.Join(", ", Keys)}");
        }

        var credential = new RouteCredential
        {
            Provider = transform.GetValueOrDefault(CredentialKey) ?? "",
            Connection = ParseConnection(transform.GetValueOrDefault(ConnectionKey), errors),
            Replay = ParseReplay(transform.GetValueOrDefault(ReplayKey), errors),
            ReplayBodyLimit = ParseLimit(transform.GetValueOrDefault(ReplayBodyLimitKey), errors),
            Scope = transform.GetValueOrDefault(ScopeKey) is { Length: > 0 } scope ? scope : null,
        };
        return errors.Count == before ? credential : null;
    }

    private static ConnectionSelector ParseConnection(string? text, ICollection<string> errors)
    {
        switch (text)
        {
            case null or "":
                return ConnectionSelector.Default;
            case ['{', .. var value, '}'] when value.Length > 0:
                return new(ConnectionSelector.Way.RouteValue, value);
            case ['h', 'e', 'a', 'd', 'e', 'r', ':', .. var header] when header.Length > 0:
                return new(ConnectionSelector.Way.Header, header);
        }

        if (!ConnectionId.IsValidName(text))
        {
            errors.Add($"{ConnectionKey}: '{text}' is neither a name ([A-Za-z0-9._-]{{1,128}}), nor {{routeValue}}, nor header:Name");
        }

        return new(ConnectionSelector.Way.Fixed, text);
    }

    // By name only: Enum.TryParse would also accept numbers and lists of names.
    private static ReplayPolicy ParseReplay(string? text, ICollection<string> errors)
    {
        switch (text?.ToUpperInvariant())
        {
            case null or "ALWAYS":
                return ReplayPolicy.Always;
            case "SAFE":
                return ReplayPolicy.Safe;
            case "NEVER":
                return ReplayPolicy.Never;
        }

        errors.Add($"{ReplayKey}: '{text}' is none of Always, Safe, Never");
        return ReplayPolicy.Always;
    }

    private static int ParseLimit(string? text, ICollection<string> errors)
    {
        if (text is null)
        {
            return RouteCredential.DefaultReplayBodyLimit;
        }

        if (!int.TryParse(text, out var limit) || limit < 0)
        {
            errors.Add($"{ReplayBodyLimitKey}: '{text}' is not a whole number of bytes from 0 to {int.MaxValue}");
        }

        return limit;
    }
}
