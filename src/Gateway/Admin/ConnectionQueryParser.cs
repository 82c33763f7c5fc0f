using System.Globalization;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Reads the query of a listing and says everything that is wrong with it.</summary>
internal sealed class ConnectionQueryParser(ProviderCatalog catalog)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <returns>What to list, or null when <paramref name="errors"/> got at least one sentence.</returns>
    public ConnectionQuery? Parse(string? provider, string? status, string? after, string? limit, ICollection<string> errors)
    {
        var before = errors.Count;
        var query = new ConnectionQuery(
            ParseProvider(provider, errors), ParseStatus(status, errors), ParseAfter(after, errors), ParseLimit(limit, errors));
        return errors.Count == before ? query : null;
    }

    private string? ParseProvider(string? text, ICollection<string> errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (catalog.Find(text) is { } provider)
        {
            return provider.Name;
        }

        errors.Add("provider: the configuration has none of that name");
        return null;
    }

    private static ConnectionStatus? ParseStatus(string? text, ICollection<string> errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        foreach (var status in Enum.GetValues<ConnectionStatus>())
        {
            if (status.ToWord() == text)
            {
                return status;
            }
        }

        errors.Add("status: one of ready, refreshing, reauthorization_required, unavailable");
        return null;
    }

    private static ConnectionId? ParseAfter(string? text, ICollection<string> errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Split('/') is [{ Length: > 0 } provider, var name] && ConnectionId.IsValidName(name))
        {
            return new(provider, name);
        }

        errors.Add("after: the value of next from the page before, provider/name");
        return null;
    }

    private static int ParseLimit(string? text, ICollection<string> errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return DefaultLimit;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit)
        {
            return limit;
        }

        errors.Add($"limit: a whole number from 1 to {MaxLimit}");
        return DefaultLimit;
    }
}
