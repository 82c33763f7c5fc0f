using System.ComponentModel;

namespace Gateway.Admin;

/// <summary>What a provider said to a connection's credential.</summary>
/// <param name="Verified">True for a 2xx answer.</param>
/// <param name="Status">The answer's status.</param>
[Description("What the provider said to the credential; its body is not passed on.")]
internal sealed record VerificationView(bool Verified, int Status);
