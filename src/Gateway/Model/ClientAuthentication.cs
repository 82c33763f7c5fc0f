namespace Gateway.Model;

/// <summary>How the gateway proves itself at a token endpoint (RFC 6749 section 2.3.1); exactly one way per request.</summary>
public enum ClientAuthentication
{
    /// <summary>HTTP Basic, id and secret form-url-encoded first.</summary>
    Basic,

    /// <summary><c>client_id</c> and <c>client_secret</c> in the form body.</summary>
    Body,
}
