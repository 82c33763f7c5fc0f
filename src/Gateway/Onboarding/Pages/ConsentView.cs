namespace Gateway.Onboarding.Pages;

/// <param name="Asker">Who asks.</param>
/// <param name="Action">Where the form leads.</param>
/// <param name="Notice">What happened before; null the first time.</param>
internal sealed record ConsentView(string Asker, string Action, Refusal? Notice);
