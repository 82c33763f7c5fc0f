using System.Diagnostics.CodeAnalysis;

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

        if (!TryRead(provider, entry, context.Request.Query, out var link))
        {
            audit.Refused(context, provider.Name, Refusal.Malformed, connection: null);
            return PageResult.Problem(Refusal.Malformed);
        }

        var token = await links.CreateAsync(link);
        audit.Arrived(context, new(link.Provider, link.Name), token);
        return Redirection.SeeOther(settings.BasePath + ConnectPaths.Link(token));
    }

    private bool TryRead(Provider provider, MarketplaceEntry entry, IQueryCollection query, [NotNullWhen(true)] out ConnectLink? link)
    {
        link = null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (parameter, field) in entry.Parameters)
        {
            if (query[parameter] is not [{ } value] || provider.FieldPattern(field)?.IsMatch(value) != true)
            {
                return false;
            }

            fields[field] = value;
        }

        var name = entry.Connection.Expand(field => fields[field]);
        var back = entry.ReturnParameter is { } returns && query.ContainsKey(returns) ? query[returns].ToString() : null;
        if (!ConnectionId.IsValidName(name) || (back is not null && !ReturnTarget.IsAllowedAddress(back, entry.ReturnOrigins)))
        {
            return false;
        }

        link = new ConnectLink
        {
            Provider = provider.Name,
            Name = name,
            ExpiresAt = clock.GetUtcNow() + Lifetime,
            Fields = fields,
            ReturnTo = back,
        };
        return true;
    }
}
