using System.Globalization;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Reads the query of a listing and reports everything that is wrong with it. An empty parameter counts as absent.</summary>
internal static class ConnectionQueryParser
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <returns>What to list, or null when <paramref name="errors"/> has at least one sentence.</returns>
    public static ConnectionQuery? Parse(
        ProviderCatalog catalog, string? provider, string? status, string? after, string? limit, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        errors = found;
        var known = string.IsNullOrEmpty(provider) ? null : catalog.Find(provider);
        Check(provider, known is not null, "provider: the configuration has none of that name");

        ConnectionStatus? wanted = Enum.GetValues<ConnectionStatus>().Cast<ConnectionStatus?>()
            .FirstOrDefault(value => value?.ToTagValue() == status);
        Check(status, wanted is not null, "status: one of ready, refreshing, reauthorization_required, unavailable");

        ConnectionId? last = after?.Split('/') is [{ Length: > 0 } lastProvider, var lastName] && ConnectionId.IsValidName(lastName)
            ? new(lastProvider, lastName)
            : null;
        Check(after, last is not null, "after: the value of next from the page before, provider/name");

        var isSize = int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 1 and <= MaxLimit;
        Check(limit, isSize, $"limit: a whole number from 1 to {MaxLimit}");
        return found.Count == 0 ? new(known?.Name, wanted, last, isSize ? size : DefaultLimit) : null;

        void Check(string? text, bool isValid, string error)
        {
            if (!string.IsNullOrEmpty(text) && !isValid)
            {
                found.Add(error);
            }
        }
    }
}
