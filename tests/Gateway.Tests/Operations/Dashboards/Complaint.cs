namespace Gateway.Tests.Operations.Dashboards;

/// <summary>A violation of a rule by a board.</summary>
/// <param name="Panel">The panel's title; empty for the board itself.</param>
/// <param name="What">The violating part.</param>
internal sealed record Complaint(string Panel, string What);
