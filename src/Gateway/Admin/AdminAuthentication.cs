using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;

using Gateway.Model;

using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Gateway.Admin;

/// <summary>
/// Authenticates an operator by <c>Authorization: Bearer</c> with the admin key (RFC 6750 section 2.1). Other calls get 401
/// <c>unauthorized</c> and leave a line in the audit trail.
/// </summary>
internal sealed class AdminAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AdminKey key, AuditTrail audit)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The name of the scheme, and of the policy that asks for it.</summary>
    public const string Name = "AdminKey";

    private static readonly ClaimsPrincipal Operator = new(new ClaimsIdentity(Name));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        HasKey() ? AuthenticateResult.Success(new AuthenticationTicket(Operator, Name)) : AuthenticateResult.NoResult());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        audit.Refused(Context);
        Response.Headers.WWWAuthenticate = "Bearer realm=\"gateway\"";
        return AdminProblem.Unauthorized().ExecuteAsync(Context);
    }

    private bool HasKey() =>
        Request.Headers.Authorization is [{ } header]
        && AuthenticationHeaderValue.TryParse(header, out var presented)
        && string.Equals(presented.Scheme, "Bearer", StringComparison.OrdinalIgnoreCase)
        && key.Matches(new Secret(presented.Parameter));
}
