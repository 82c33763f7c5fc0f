using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tests.Tokens.TokenEndpoint;

public sealed class TokenFailureTableTests
{
    [Theory]
    [InlineData(400, "invalid_grant", RefreshOutcome.Permanent, "invalid_grant")]
    [InlineData(401, "invalid_grant", RefreshOutcome.Permanent, "invalid_grant")]
    [InlineData(403, "invalid_grant", RefreshOutcome.Permanent, "invalid_grant")]
    [InlineData(400, "invalid_client", RefreshOutcome.Configuration, "invalid_client")]
    [InlineData(401, "invalid_client", RefreshOutcome.Configuration, "invalid_client")]
    [InlineData(403, "invalid_client", RefreshOutcome.Configuration, "invalid_client")]
    [InlineData(400, "unauthorized_client", RefreshOutcome.Configuration, "unauthorized_client")]
    [InlineData(400, "invalid_scope", RefreshOutcome.Configuration, "invalid_scope")]
    [InlineData(400, "unsupported_grant_type", RefreshOutcome.Configuration, "unsupported_grant_type")]
    [InlineData(400, "invalid_request", RefreshOutcome.Configuration, "invalid_request")]
    [InlineData(400, null, RefreshOutcome.Transient, "http_400")]
    [InlineData(401, null, RefreshOutcome.Transient, "http_401")]
    [InlineData(400, "temporarily_unavailable", RefreshOutcome.Transient, "http_400")]
    [InlineData(400, "INVALID_GRANT", RefreshOutcome.Transient, "http_400")]
    [InlineData(404, "invalid_client", RefreshOutcome.Transient, "http_404")]
    [InlineData(408, null, RefreshOutcome.Transient, "http_408")]
    [InlineData(425, null, RefreshOutcome.Transient, "http_425")]
    [InlineData(429, "invalid_grant", RefreshOutcome.Transient, "http_429")]
    [InlineData(500, "invalid_grant", RefreshOutcome.Transient, "http_500")]
    [InlineData(502, null, RefreshOutcome.Transient, "http_502")]
    [InlineData(503, "invalid_client", RefreshOutcome.Transient, "http_503")]
    [InlineData(201, null, RefreshOutcome.Transient, "http_201")]
    [InlineData(204, null, RefreshOutcome.Transient, "http_204")]
    [InlineData(301, null, RefreshOutcome.Transient, "http_301")]
    [InlineData(307, "invalid_grant", RefreshOutcome.Transient, "http_307")]
    public void Classify_EachRow(int status, string? error, RefreshOutcome outcome, string reason)
    {
        var failure = TokenFailureTable.Classify(status, error, TimeSpan.FromSeconds(7));

        Assert.Equal((outcome, reason, TimeSpan.FromSeconds(7)), (failure.Outcome, failure.Reason, failure.RetryAfter));
    }
}
