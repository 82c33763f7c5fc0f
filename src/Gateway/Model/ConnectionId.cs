using System.Buffers;

namespace Gateway.Model;

/// <summary>Which connection: a provider of the configuration and a name that an operator chose.</summary>
/// <param name="Provider">The provider's name as configured.</param>
/// <param name="Name">1 to 128 characters of <c>A-Z a-z 0-9 . _ -</c>; see <see cref="IsValidName"/>.</param>
public readonly record struct ConnectionId(string Provider, string Name)
{
    /// <summary>The connection of a route that names none.</summary>
    public const string DefaultName = "default";

    private const int MaxNameLength = 128;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public static bool IsValidName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxNameLength && !name.ContainsAnyExcept(NameCharacters);

    public override string ToString() => $"{Provider}/{Name}";
}
