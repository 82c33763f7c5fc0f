using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Gateway.Onboarding.Links;

/// <summary>What an operator may say about a link.</summary>
[Description("All of it may be left out, the body too.")]
internal sealed class ConnectLinkInput
{
    [Description("Fields that the owner is not asked for, and kept ones (Onboarding:Keep) that the account must have.")]
    public Dictionary<string, string>? Fields { get; init; }

    [Description("Where the last page leads: a path below one of Connect:ReturnPaths.")]
    public string? ReturnTo { get; init; }

    [Description("What to ask for, if less than what is configured.")]
    public IReadOnlyList<string>? Scopes { get; init; }
}

/// <param name="Url">For the account's owner. Whoever has it can authorise the connection, once.</param>
/// <param name="ExpiresAt">A day from now.</param>
[Description("A link for the account's owner.")]
internal sealed record ConnectLinkView(
    [property: Description("Whoever has it can authorise the connection, once.")] string Url,
    DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict)]
[JsonSerializable(typeof(ConnectLinkInput))]
[JsonSerializable(typeof(ConnectLinkView))]
internal sealed partial class ConnectLinkJson : JsonSerializerContext;
