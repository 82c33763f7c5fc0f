namespace Gateway.Onboarding.Pages;

/// <param name="Asker">Who asks.</param>
/// <param name="Action">Where the form leads.</param>
/// <param name="Notice">What happened before; null the first time.</param>
/// <param name="Discovered">The authorization endpoint by the server's metadata; null where it is configured, or not to be had now.</param>
internal sealed record ConsentView(string Asker, string Action, Refusal? Notice, Uri? Discovered);
