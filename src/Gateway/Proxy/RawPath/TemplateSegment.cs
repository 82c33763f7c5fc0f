namespace Gateway.Proxy.RawPath;

/// <summary>One segment of a <see cref="PathTemplate"/>.</summary>
/// <param name="Literal">The text of a literal; null for a parameter.</param>
/// <param name="Parameter">The parameter's name; empty for a literal.</param>
/// <param name="CatchAll">Takes the rest of the path, slashes included.</param>
/// <param name="Optional">May be missing at the end of a path.</param>
/// <param name="Default">What a missing parameter stands for; null for nothing.</param>
internal readonly record struct TemplateSegment(string? Literal, string Parameter, bool CatchAll, bool Optional, string? Default);
