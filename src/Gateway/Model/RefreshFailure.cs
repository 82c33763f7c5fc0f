namespace Gateway.Model;

/// <summary>The last failed refresh of a connection; cleared by the next success.</summary>
/// <param name="Outcome">How it failed.</param>
/// <param name="Reason">A word of a closed set (an OAuth error code, <c>timeout</c>, <c>http_503</c>, …), never text of the provider.</param>
/// <param name="At">When.</param>
/// <param name="Attempts">Failures in a row, this one included.</param>
/// <param name="RetryAt">No instance calls the token endpoint for this connection before, unless an operator asks.</param>
public sealed record RefreshFailure(RefreshOutcome Outcome, string Reason, DateTimeOffset At, int Attempts, DateTimeOffset RetryAt);
