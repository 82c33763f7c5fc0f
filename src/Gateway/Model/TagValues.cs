using System.Collections.Frozen;
using System.Text.Json;

namespace Gateway.Model;

/// <summary>The values of closed sets in answers, headers, metrics, spans and the store's index.</summary>
public static class TagValues
{
    /// <returns>The member's name in snake case; with hyphens in the header <c>Gateway-Replay</c>.</returns>
    public static string ToTagValue<T>(this T value)
        where T : struct, Enum => Of<T>.Values[value];

    private static class Of<T>
        where T : struct, Enum
    {
        private static readonly JsonNamingPolicy Policy =
            typeof(T) == typeof(ReplayAction) ? JsonNamingPolicy.KebabCaseLower : JsonNamingPolicy.SnakeCaseLower;

        public static readonly FrozenDictionary<T, string> Values =
            Enum.GetValues<T>().ToFrozenDictionary(static value => value, static value => Policy.ConvertName(value.ToString()));
    }
}
