using Gateway.Model;

namespace Gateway.Proxy.Routes;

/// <summary>Reads a <c>Credential</c> transform of a route's JSON and reports everything that is wrong with it.</summary>
public static class RouteCredentialParser
{
    public const string CredentialKey = "Credential";
    public const string ConnectionKey = "Connection";
    public const string ReplayKey = "Replay";
    public const string ReplayBodyLimitKey = "ReplayBodyLimit";
    public const string ScopeKey = "Scope";

    private static readonly string[] Keys = [CredentialKey, ConnectionKey, ReplayKey, ReplayBodyLimitKey, ScopeKey];

    /// <returns>What was read, or null when <paramref name="errors"/> got at least one sentence, each naming key, value and rule.</returns>
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

    // By name only: Enum.TryParse would also take numbers, signs and lists of names.
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
