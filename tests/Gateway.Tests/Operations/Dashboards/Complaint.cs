namespace Gateway.Tests.Operations.Dashboards;

/// <summary>What a rule has against a board.</summary>
/// <param name="Panel">The panel's title; empty for the board itself.</param>
/// <param name="What">Where to look.</param>
internal sealed record Complaint(string Panel, string What);
