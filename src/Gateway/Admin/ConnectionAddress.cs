using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Admin;

/// <summary>The connection that a path names, at a provider of the configuration in force.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Id">With the provider's name as configured, whatever its case in the path.</param>
internal sealed record ConnectionAddress(Provider Provider, ConnectionId Id)
{
    public static bool TryFind(
        ProviderCatalog catalog,
        string provider,
        string name,
        [NotNullWhen(true)] out ConnectionAddress? address,
        [NotNullWhen(false)] out AdminProblem? problem)
    {
        address = null;
        problem = null;
        if (!ConnectionId.IsValidName(name))
        {
            problem = AdminProblem.InvalidName();
        }
        else if (catalog.Find(provider) is not { } known)
        {
            problem = AdminProblem.UnknownProvider();
        }
        else
        {
            address = new(known, new(known.Name, name));
        }

        return address is not null;
    }
}
