using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Soak;

/// <summary>A connection of the soak test and the expected answer for it.</summary>
internal sealed record SoakConnection(string Provider, string Name, SimulatedBokio Bokio)
{
    public string Path => $"/{Provider}/companies/{CompanyId}/company-information";

    public string CompanyId => Bokio.Company(Name).Id.ToString();

    /// <summary>The grant of a PUT of this connection: a new one each time.</summary>
    public object NewGrant()
    {
        var tokens = Bokio.Connect(Name);
        return new { refreshToken = tokens.RefreshToken, accessToken = tokens.AccessToken, expiresIn = (int)tokens.Lifetime.TotalSeconds };
    }

    public override string ToString() => $"{Provider}/{Name}";
}
