using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Checks a PUT against its provider and reports everything that is wrong with it. Errors never quote a value.</summary>
internal sealed class ConnectionDraft
{
    // Ten years. A longer lifetime is a typing error, and the sum might exceed what a date can hold.
    private static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(3653);

    private readonly Provider _provider;
    private readonly Dictionary<string, Secret> _input;
    private readonly List<string> _errors = [];

    private ConnectionDraft(Provider provider, ConnectionInput input)
    {
        _provider = provider;
        _input = input.Fields ?? [];
    }

    /// <returns>The connection's content, without id and generation; null when <paramref name="errors"/> has a sentence.</returns>
    public static Connection? Check(Provider provider, ConnectionInput input, DateTimeOffset now, out IReadOnlyList<string> errors)
    {
        input = input.Cleaned();
        var draft = new ConnectionDraft(provider, input);
        draft.CheckShape(input);
        draft.CheckFields();
        draft.CheckScopes(input.Scope);
        errors = draft._errors;
        return errors.Count > 0 ? null : draft.Build(input, now);
    }

    private void CheckShape(ConnectionInput input)
    {
        if (_provider.OAuth is { Grant: OAuthGrant.AuthorizationCode })
        {
            CheckText("refreshToken", input.RefreshToken ?? default);
            if (input.AccessToken is { } accessToken)
            {
                CheckText("accessToken", accessToken);
            }

            return;
        }

        if (input.RefreshToken is not null || input.AccessToken is not null || input.ExpiresIn is not null || input.Scope is not null)
        {
            _errors.Add("refreshToken, accessToken, expiresIn, scope: this provider's connections have fields only");
        }

        if (input.Fields is null)
        {
            _errors.Add("fields: missing");
        }
    }

    private void CheckFields()
    {
        var known = _provider.Fields.Keys.Concat(_provider.SecretFields).ToList();
        var all = known.Union(_provider.Onboarding.Keep.Keys, StringComparer.Ordinal).ToList();
        if (_input.Keys.Except(all, StringComparer.Ordinal).Any())
        {
            var names = all.Count > 0 ? string.Join(", ", all) : "none";
            _errors.Add($"fields: holds a name that is no field of this provider; its fields are: {names}");
        }

        foreach (var name in known)
        {
            CheckText($"fields.{name}", _input.GetValueOrDefault(name));
            CheckPattern(name, _provider.Fields.GetValueOrDefault(name) ?? _provider.SecretPatterns.GetValueOrDefault(name));
        }

        // Fields that a consent keeps are optional here.
        foreach (var (name, pattern) in Kept)
        {
            CheckPattern(name, pattern);
        }
    }

    private IEnumerable<KeyValuePair<string, Regex>> Kept =>
        _provider.Onboarding.Keep.Where(kept => _input.ContainsKey(kept.Key) && !_provider.Fields.ContainsKey(kept.Key));

    private void CheckPattern(string name, Regex? pattern)
    {
        if (pattern is not null && _input.TryGetValue(name, out var value) && !pattern.IsMatch(value.Reveal()))
        {
            _errors.Add($"fields.{name}: does not match {pattern}");
        }
    }

    private void CheckScopes(IReadOnlyList<string>? scopes)
    {
        if (scopes is not null && !scopes.All(static scope => IsHeaderSafe(scope)))
        {
            _errors.Add("scope: holds a character that no scope has (RFC 6749 section 3.3)");
        }
    }

    private void CheckText(string name, Secret value)
    {
        if (value.IsEmpty)
        {
            _errors.Add($"{name}: missing or empty");
        }
        else if (!IsHeaderSafe(value.Reveal()))
        {
            _errors.Add($"{name}: only visible ASCII characters, spaces inside, no line break");
        }
    }

    // The value goes into a header or a form unchanged: RFC 9110 section 5.5 field-content, RFC 6749 appendix A VSCHAR.
    private static bool IsHeaderSafe(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && text[0] != ' ' && text[^1] != ' ';

    private Connection Build(ConnectionInput input, DateTimeOffset now) => new()
    {
        Id = default,
        Generation = 0,
        Grant = new Grant(
            input.RefreshToken ?? default,
            _provider.SecretFields.ToDictionary(static name => name, name => _input[name], StringComparer.Ordinal)),
        Token = input.AccessToken is { } accessToken ? new Token(accessToken, now + Lifetime(input.ExpiresIn)) : null,
        Fields = _provider.Fields.Keys.Concat(Kept.Select(static field => field.Key))
            .ToDictionary(static name => name, name => _input[name].Reveal(), StringComparer.Ordinal),
        Scopes = input.Scope ?? [],
    };

    private TimeSpan Lifetime(double? seconds) => seconds is { } given
        ? TimeSpan.FromSeconds(Math.Clamp(given, 0, MaxLifetime.TotalSeconds))
        : _provider.OAuth!.DefaultLifetime;
}
