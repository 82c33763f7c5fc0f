namespace Gateway.Demo;

/// <summary>The text that the demo prints at the start: commands to try in a second terminal.</summary>
internal static class DemoGuide
{
    public static string For(RunningDemo demo)
    {
        var invoices = $"curl -i {demo.Proxy}bokio/companies/{demo.Providers.Bokio.Company(DemoConnections.Account).Id}/invoices";
        return $"""
            The gateway is running with four simulated providers and a connection to each. Try in a second terminal:

              {invoices}
              curl -i {demo.Proxy}bexio/3.0/users/me
              curl -i {demo.Proxy}bipsync/v1/contenttype
              curl -i {demo.Proxy}bookeo/settings/apikeyinfo

            Recovery from a 401: make the simulated Bokio reject all access tokens that it has issued, then call again. The answer
            is 200 with "Gateway-Replay: replayed"; Bokio received the request twice, with a token refresh in between.

              curl -X POST {demo.Control}_control/bokio/expire-access-tokens
              {invoices}

            The admin API (the key is generated at each start):

              curl -H 'Authorization: Bearer {demo.AdminKey}' {demo.Admin}connections
              curl {demo.Admin}metrics

            Connect an account: create a link, open its address in a browser, approve. This works for bexio, bipsync and bookeo too.

              curl -X POST -H 'Authorization: Bearer {demo.AdminKey}' {demo.Admin}connections/bokio/second/connect-link

            Ctrl+C stops everything and removes the demo's data.
            """;
    }
}
