using System.ComponentModel;

namespace Gateway.Admin;

/// <summary>A page of connections, ordered by provider and name.</summary>
/// <param name="Items">At most as many as asked for.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last.</param>
[Description("A page of connections, ordered by provider and name.")]
internal sealed record ConnectionPage(
    IReadOnlyList<ConnectionView> Items,
    [property: Description("What to pass as after= for the next page; null on the last.")] string? Next);
