namespace Gateway.Demo;

/// <summary>What the demo prints: the lines to try in a second terminal.</summary>
internal static class DemoGuide
{
    public static string For(RunningDemo demo)
    {
        var invoices = $"curl -i {demo.Proxy}bokio/companies/{demo.Providers.Bokio.Company(DemoConnections.Account).Id}/invoices";
        return $"""
            The gateway is up, with four simulated third parties behind it and a connection at each. In a second terminal:

              {invoices}
              curl -i {demo.Proxy}bexio/3.0/users/me
              curl -i {demo.Proxy}bipsync/v1/contenttype
              curl -i {demo.Proxy}bookeo/settings/apikeyinfo

            A 401 healed: let the simulated Bokio refuse every access token that it has issued, then call again. The answer is
            200 with "Gateway-Replay: replayed"; Bokio saw the request twice, and a refresh in between.

              curl -X POST {demo.Control}_control/bokio/expire-access-tokens
              {invoices}

            The operators' side (the key is made up anew at each start):

              curl -H 'Authorization: Bearer {demo.AdminKey}' {demo.Admin}connections
              curl {demo.Admin}metrics

            An account's owner: make a link, open its address in a browser, approve. For bexio, bipsync and bookeo alike.

              curl -X POST -H 'Authorization: Bearer {demo.AdminKey}' {demo.Admin}connections/bokio/second/connect-link

            Ctrl+C stops everything and removes its data.
            """;
    }
}
