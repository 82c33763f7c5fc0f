using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Links;

/// <summary>
/// Owners who start at a provider's marketplace. Nobody vouches for what the query says, so it decides no more than what is expected:
/// the connection is the one of the account that it names, and that account has to be the one that is authorised in the end.
/// </summary>
internal sealed class MarketplaceEndpoint(ProviderCatalog catalog, ConnectLinks links, StartLimit limit, OnboardingAudit audit, TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    public static Task HandleAsync(HttpContext context) => context.RequestServices.GetRequiredService<MarketplaceEndpoint>().AnswerAsync(context);

    private async Task AnswerAsync(HttpContext context)
    {
        if (catalog.Find((string)context.Request.RouteValues["provider"]!) is not { Onboarding.Marketplace: { } entry } provider || !provider.IsConnectable())
        {
            await ProblemPage.Of(Refusal.ProviderGone).WriteAsync(context);
            return;
        }

        if (!limit.Admits(context))
        {
            await RefuseAsync(context, provider, Refusal.TooMany);
            return;
        }

        if (!TryRead(provider, entry, context.Request.Query, out var link))
        {
            await RefuseAsync(context, provider, Refusal.Malformed);
            return;
        }

        var token = await links.CreateAsync(link);
        audit.Arrived(context, new(link.Provider, link.Name), token);
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = context.RequestServices.GetRequiredService<ConnectSettings>().BasePath + ConnectPaths.Link(token);
    }

    private Task RefuseAsync(HttpContext context, Provider provider, Refusal refusal)
    {
        audit.Refused(context, provider.Name, refusal, connection: null);
        return ProblemPage.Of(refusal).WriteAsync(context);
    }

    private bool TryRead(Provider provider, MarketplaceEntry entry, IQueryCollection query, [NotNullWhen(true)] out ConnectLink? link)
    {
        link = null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (parameter, field) in entry.Parameters)
        {
            if (query[parameter] is not [{ } value] || ConnectLinkDraft.PatternOf(provider, field)?.IsMatch(value) != true)
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

        link = new ConnectLink { Provider = provider.Name, Name = name, ExpiresAt = clock.GetUtcNow() + Lifetime, Fields = fields, ReturnTo = back };
        return true;
    }
}
