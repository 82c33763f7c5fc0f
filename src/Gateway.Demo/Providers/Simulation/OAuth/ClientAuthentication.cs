namespace Gateway.Demo.Providers;

/// <summary>The methods of client authentication at the token endpoint (RFC 6749 section 2.3.1).</summary>
[Flags]
internal enum ClientAuthentication
{
    None = 0,

    /// <summary>HTTP Basic, both parts form-encoded.</summary>
    Basic = 1,

    /// <summary><c>client_id</c> and <c>client_secret</c> in the body.</summary>
    Body = 2,
}
