namespace Gateway.Tests.Configuration;

/// <summary>Every rule for a provider: the invalid block, its error, and whether the JSON schema refuses it too.</summary>
public static class ProviderRules
{
    private const string AddressRule = "is not an absolute https URI (http to loopback only) without user information, query or fragment";

    public static TheoryData<string, string, bool> Broken => new()
    {
        // Required keys.
        { """ "Origin": "https://a.example" """, "p:Kind: missing", true },
        { """ "Kind": "Basic", "Origin": "https://a.example" """, "p:Kind: 'Basic' is none of OAuth2, Secret", true },
        { """ "Kind": "1", "Origin": "https://a.example" """, "p:Kind: '1' is none of OAuth2, Secret", true },
        { """ "Kind": "Secret", "Inject": { "Headers": { "T": "{t}" } } """, "p:Origin: missing", true },
        { Without("TokenEndpoint"), "p:TokenEndpoint: missing", true },
        { Without("ClientId"), "p:ClientId: missing", true },
        { Without("ClientSecret"), "p:ClientSecret: missing; ClientSecrets may hold several, the current one first", true },
        { OAuthWith(""" "ClientSecrets": ["a"] """), "p:ClientSecret: stands beside ClientSecrets; give one of them", true },
        { """ "Kind": "Secret", "Origin": "https://a.example" """,
            "p:Inject: missing; Kind Secret needs at least one header or query parameter", true },
        { """ "Kind": "Secret", "Origin": "https://a.example", "Inject": {} """,
            "p:Inject: missing; Kind Secret needs at least one header or query parameter", false },

        // Keys of the other kind.
        { SecretWith(""" "TokenEndpoint": "https://a.example/t" """), "p:TokenEndpoint: belongs to Kind OAuth2 only", true },
        { SecretWith(""" "ClientSecrets": ["a"] """), "p:ClientSecrets: belongs to Kind OAuth2 only", true },
        { OAuthWith(""" "Onboarding": { "AuthorizationUrl": "https://a.example" } """),
            "p:Onboarding:AuthorizationUrl: belongs to Kind Secret only", true },
        { OAuthWith(""" "Onboarding": { "KeyParameter": "access_token" } """),
            "p:Onboarding:KeyParameter: belongs to Kind Secret only", true },
        { SecretWith(""" "Discovery": "https://a.example/.well-known/openid-configuration" """),
            "p:Discovery: belongs to Kind OAuth2 only", true },
        { SecretWith(""" "RevocationEndpoint": "https://a.example/revoke" """), "p:RevocationEndpoint: belongs to Kind OAuth2 only", true },
        { SecretWith(""" "RevocationIsPerGrant": true """), "p:RevocationIsPerGrant: belongs to Kind OAuth2 only", true },

        // Addresses.
        { Origin("ftp://x"), $"p:Origin: 'ftp://x' {AddressRule}", true },
        { Origin("api.example.com"), $"p:Origin: 'api.example.com' {AddressRule}", true },
        { Origin("http://api.example.com"), $"p:Origin: 'http://api.example.com' {AddressRule}", true },
        { Origin("https://user:pass@api.example.com"), $"p:Origin: 'https://***@api.example.com' {AddressRule}", true },
        { Origin("https://api.example.com/?key=1"), $"p:Origin: 'https://api.example.com/?***' {AddressRule}", true },
        { Origin("https://api.example.com/#f"), $"p:Origin: 'https://api.example.com/#***' {AddressRule}", true },
        { Origin("https://{client.example.com"), $"p:Origin: 'https://{{client.example.com' {AddressRule}", false },
        { Origin("https://{client}.example.com"), "p:Origin: {client} is not declared in Fields", false },
        { OAuthWith(""" "AuthorizationEndpoint": "https://{c}.example.com/a" """),
            "p:AuthorizationEndpoint: {c} is not declared in Fields", false },

        // The client.
        { OAuthWith(""" "ClientAuthentication": "Post" """), "p:ClientAuthentication: 'Post' is none of Basic, Body", true },
        { OAuthWith(""" "Scopes": ["a", ""] """), "p:Scopes:1: is not a text with at least one character", true },
        { OAuthWith(""" "Scopes": ["a b"] """), "p:Scopes:0: 'a b' is not one scope (RFC 6749 section 3.3)", true },
        { OAuthWith(""" "Scopes": "a" """), "p:Scopes: 'a' is not a list", true },
        { OAuthWith(""" "Pkce": "yes" """), "p:Pkce: 'yes' is neither true nor false", true },
        { OAuthWith(""" "AuthorizationParameters": { "state": "x" } """),
            "p:AuthorizationParameters:state: is set by the gateway itself", true },
        { OAuthWith(""" "AuthorizationParameters": { "x": "" } """),
            "p:AuthorizationParameters:x: is not a text with at least one character", true },
        { OAuthWith(""" "DefaultLifetime": "90" """), "p:DefaultLifetime: '90' is not a duration like 00:05:00", true },
        { OAuthWith(""" "DefaultLifetime": "24:00:00" """), "p:DefaultLifetime: '24:00:00' is not a duration like 00:05:00", true },
        { OAuthWith(""" "DefaultLifetime": "00:00:00" """), "p:DefaultLifetime: '00:00:00' is not longer than 00:00:00", false },
        { OAuthWith(""" "RefreshBeforeExpiry": "-00:05:00" """), "p:RefreshBeforeExpiry: '-00:05:00' is negative", true },
        { OAuthWith(""" "ReuseGrace": "-00:00:01" """), "p:ReuseGrace: '-00:00:01' is negative", true },
        { OAuthWith(""" "TokenTimeout": "00:02:00" """), "p:TokenTimeout: '00:02:00' is longer than 00:01:00", false },
        { OAuthWith(""" "MaxParallelRefreshes": 0 """), "p:MaxParallelRefreshes: '0' is not a whole number from 1 to 1000", true },
        { OAuthWith(""" "MaxParallelRefreshes": 1001 """), "p:MaxParallelRefreshes: '1001' is not a whole number from 1 to 1000", true },
        { OAuthWith(""" "MaxParallelRefreshes": "some" """), "p:MaxParallelRefreshes: 'some' is not a whole number from 1 to 1000", true },

        // Values sent to the provider.
        { OAuthWith(""" "Inject": { "Headers": { "X": "{t}" } } """),
            "p:Inject: uses {access_token} nowhere, so no token would be sent", false },
        { Inject(""" "Headers": { "X": "{access_token}" } """), "p:Inject: uses {access_token}, which only Kind OAuth2 has", false },
        { Inject(""" "Headers": { "X": "{t" } """),
            "p:Inject:Headers:X: the value is not a template: text with {field}s, on one line", true },
        { Inject(""" "Headers": { "X": "a\n{t}" } """),
            "p:Inject:Headers:X: the value is not a template: text with {field}s, on one line", false },
        { Inject(""" "Query": { "k": "" } """), "p:Inject:Query:k: the value is not a template: text with {field}s, on one line", true },
        { Inject(""" "Headers": { "X Y": "{t}" } """),
            "p:Inject:Headers:X Y: is not a header name, or one that belongs to the connection (RFC 9110 sections 5.1 and 7.6.1)", true },
        { Inject(""" "Headers": { "Host": "{t}" } """),
            "p:Inject:Headers:Host: is not a header name, or one that belongs to the connection (RFC 9110 sections 5.1 and 7.6.1)", false },
        { Inject(""" "Header": { "X": "{t}" }, "Headers": { "X": "{t}" } """),
            "p:Inject:Header: unknown key; did you mean Headers?", true },

        // Fields and secrets.
        { SecretWith(""" "Fields": { "c": "[" } """),
            "p:Fields:c: '[' is not a regular expression (without look-around and back-references)", false },
        { SecretWith(""" "Fields": { "c": "(?=a)" } """),
            "p:Fields:c: '(?=a)' is not a regular expression (without look-around and back-references)", false },
        { SecretWith(""" "Fields": { "c": "a)|(b" } """),
            "p:Fields:c: 'a)|(b' is not a regular expression (without look-around and back-references)", false },
        { SecretWith(""" "Fields": { "access_token": "a" } """),
            "p:Fields:access_token: is the name of the current token, not of a field", true },
        { SecretWith(""" "Fields": { "c": "a" }, "Secrets": { "c": "s" } """),
            "p:Fields:c: is also among Secrets; one name, one meaning", false },
        { SecretWith(""" "Secrets": { "c": "" } """), "p:Secrets:c: missing", true },

        // Other keys.
        { SecretWith(""" "Verify": {"Path": "v1/me"} """),
            "p:Verify:Path: 'v1/me' is not a path that starts with one '/', without a fragment", true },
        { SecretWith(""" "Verify": {"Path": "//evil.example/me"} """),
            "p:Verify:Path: '//evil.example/me' is not a path that starts with one '/', without a fragment", true },
        { SecretWith(""" "Methods": ["GET", "TRACE"] """),
            "p:Methods:1: 'TRACE' is not a method that can be forwarded (RFC 9110 section 9.1, upper case)", true },
        { SecretWith(""" "Methods": ["get"] """),
            "p:Methods:0: 'get' is not a method that can be forwarded (RFC 9110 section 9.1, upper case)", true },
        { SecretWith(""" "Upgrades": "1" """), "p:Upgrades: '1' is neither true nor false", true },
        { SecretWith(""" "Onboarding": { "KeyParameter": "key" } """), "p:Onboarding:AuthorizationUrl: missing", true },
        { OAuthWith(""" "AuthorizationParameters": { "x": "{tenant}" } """),
            "p:AuthorizationParameters:x: {tenant} is neither a public field nor one of Onboarding:Keep", false },
        { OAuthWith(""" "Verify": { "Path": "/{tenant}" } """),
            "p:Verify:Path: {tenant} is neither a public field nor one of Onboarding:Keep", false },
        { OAuthWith(""" "AuthorizationParameters": { "x": "{tenant" } """),
            "p:AuthorizationParameters:x: '{tenant' is not a template: text with {field}s", false },
        { OAuthWith(""" "Discovery": "http://a.example/.well-known/openid-configuration" """),
            $"p:Discovery: 'http://a.example/.well-known/openid-configuration' {AddressRule}", true },
        { OAuthWith(""" "Onboarding": { "Keep": { "t": "(" } } """),
            "p:Onboarding:Keep:t: '(' is not a regular expression (without look-around and back-references)", false },
        { OAuthWith(""" "Onboarding": { "Identity": "t" } """), "p:Onboarding:Identity: 't' is not one of Keep", false },
        { OAuthWith(""" "Onboarding": { "SignInOrigins": ["https://a.example/path"] } """),
            "p:Onboarding:SignInOrigins:0: 'https://a.example/path' is not an origin like https://app.example.com", true },
        { OAuthWith(""" "Onboarding": { "SignInOrigins": ["http://a.example"] } """),
            "p:Onboarding:SignInOrigins:0: 'http://a.example' is not an origin like https://app.example.com", true },
        { OAuthWith(""" "Onboarding": { "Keep": { "t": ".+" }, "Marketplace": { "Parameters": { "a": "t" }, "Connection": "{t}" } } """),
            "p:Onboarding:Marketplace:Parameters: brings nothing that Onboarding:Identity can be held against", false },
        { OAuthWith(
            """ "Onboarding": { "Keep": { "t": ".+" }, "Identity": "t","""
            + """ "Marketplace": { "Parameters": { "a": "t" }, "Connection": "fixed" } } """),
            "p:Onboarding:Marketplace:Connection: 'fixed' is not a template that uses Onboarding:Identity", true },
        { OAuthWith(
            """ "Onboarding": { "Keep": { "t": ".+" }, "Identity": "t","""
            + """ "Marketplace": { "Parameters": { "a": "t" }, "Connection": "{t}{u}" } } """),
            "p:Onboarding:Marketplace:Connection: {u} is brought by none of Parameters", false },
        { OAuthWith(
            """ "Onboarding": { "Keep": { "t": ".+" }, "Identity": "t","""
            + """ "Marketplace": { "Parameters": { "a": "t" }, "Connection": "{t}", "ReturnOrigins": ["https://*.a.example"] } } """),
            "p:Onboarding:Marketplace:ReturnOrigins:0: 'https://*.a.example' is not an origin like https://app.example.com", true },
        { OAuthWith(""" "Disconnect": { "Path": "/x" } """), "p:Disconnect:Credential: missing", true },
        { OAuthWith(""" "Disconnect": { "Credential": "q", "Path": "x" } """),
            "p:Disconnect:Path: 'x' is not a path that starts with one '/', without a fragment", true },
        { SecretWith(""" "Onboarding": { "AuthorizationUrl": "https://a.example", "KeyParameter": "kye" } """),
            "p:Onboarding:KeyParameter: 'kye' is not a field that Inject uses", false },
        { SecretWith(""" "Origni": "x" """), "p:Origni: unknown key; did you mean Origin?", true },
    };

    public static string OAuthWith(string members) => $"{Read.OAuth}, {members}";

    public static string SecretWith(string members) => $"{Read.Secret}, {members}";

    private static string Without(string member) =>
        string.Join(',', Read.OAuth.Split(',').Where(part => !part.Contains($"\"{member}\"", StringComparison.Ordinal)));

    private static string Origin(string origin) =>
        $$""" "Kind": "Secret", "Origin": "{{origin}}", "Inject": { "Headers": { "X-Key": "{key}" } } """;

    private static string Inject(string members) => $$""" "Kind": "Secret", "Origin": "https://a.example", "Inject": { {{members}} } """;
}
