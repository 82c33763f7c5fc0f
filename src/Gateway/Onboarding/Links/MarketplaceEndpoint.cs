using Gateway.Model;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Links;

/// <summary>
/// Owners who start at a provider's marketplace. The query is not authenticated, so it only sets an expectation: it names the account, the
/// connection is named after it, and the callback is refused unless that account was authorised.
/// </summary>
internal sealed class MarketplaceEndpoint(
    ProviderCatalog catalog, ConnectLinks links, ConnectSettings settings, OnboardingAudit audit, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public async Task<IResult> EnterAsync(HttpContext context, string providerName)
    {
        if (catalog.Find(providerName) is not { Onboarding.Marketplace: { } entry } provider || !provider.IsConnectable())
        {
            return PageResult.Problem(Refusal.ProviderGone);
        }

        if (Read(provider, entry, context.Request.Query) is not { } link)
        {
            audit.Refused(context, provider.Name, Refusal.Malformed);
            return PageResult.Problem(Refusal.Malformed);
        }

        var token = await links.CreateAsync(link);
        audit.Arrived(context, new(link.Provider, link.Name), token);
        return new Redirection(settings.BasePath + ConnectPaths.Link(token));
    }

    private ConnectLink? Read(Provider provider, MarketplaceEntry entry, IQueryCollection query)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (parameter, field) in entry.Parameters)
        {
            if (query[parameter] is not [{ } value] || provider.FieldPattern(field)?.IsMatch(value) != true)
            {
                return null;
            }

            fields[field] = value;
        }

        var name = entry.Connection.Expand(field => fields[field]);
        var back = entry.ReturnParameter is { } returns && query.ContainsKey(returns) ? query[returns].ToString() : null;
        return ConnectionId.IsValidName(name) && (back is null || ReturnTarget.IsAllowedAddress(back, entry.ReturnOrigins))
            ? new() { Provider = provider.Name, Name = name, ExpiresAt = clock.GetUtcNow() + Lifetime, Fields = fields, ReturnTo = back }
            : null;
    }
}
