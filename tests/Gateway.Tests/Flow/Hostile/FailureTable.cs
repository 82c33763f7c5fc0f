using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Flow.Hostile;

/// <summary>The answers that token endpoints are known to give, and how the gateway reacts.</summary>
internal static class FailureTable
{
    public static readonly IReadOnlyDictionary<string, Reaction> Rows = new Dictionary<string, Reaction>(StringComparer.Ordinal)
    {
        ["dropped before the work"] = Reaction.Transient("network", At(Fault.Drop())),
        ["answer lost after the work"] = Reaction.Spent("network", At(Fault.LoseAnswer())),
        ["answer lost after the work, with a grace window"] = Reaction.Transient("network", stage =>
        {
            stage.Authorization.Settings.ReuseGrace = TimeSpan.FromDays(1);
            stage.AtTokenEndpoint(Fault.LoseAnswer());
        }),
        ["answer cut in the middle"] = Reaction.Spent("network", At(Fault.CutAnswer(10))),
        ["answer truncated, length and all"] = Reaction.Spent("malformed", At(Fault.Truncate(20))),
        ["answer a byte at a time"] = Reaction.Spent("timeout", At(Fault.Drip(TimeSpan.FromSeconds(1)))) with { TakesTime = true },
        ["no answer in time, after the provider rotated"] = Reaction.Spent("timeout", At(stage => Fault.HoldBefore(stage.Gate))) with
        {
            TakesTime = true,
        },
        ["429 with seconds"] = Reaction.Transient("http_429", At(Fault.TryLater(429, 30))) with { RetryAfter = 30 },
        ["429 with a date"] = Reaction.Transient(
            "http_429", stage => stage.AtTokenEndpoint(Fault.TryAt(429, stage.Clock.GetUtcNow().AddSeconds(40)))) with
        { RetryAfter = 40 },
        ["429 without a word"] = Reaction.Transient("http_429", At(Fault.Answer(429))),
        ["503 for a year"] = Reaction.Transient("http_503", At(Fault.TryLater(503, 365 * 86400))) with { RetryAfter = 3600 },
        ["503 until yesterday"] =
            Reaction.Transient("http_503", stage => stage.AtTokenEndpoint(Fault.TryAt(503, stage.Clock.GetUtcNow().AddDays(-1)))),
        ["408"] = Reaction.Transient("http_408", At(Fault.Answer(408))),
        ["425"] = Reaction.Transient("http_425", At(Fault.Answer(425))),
        ["500 that speaks of the grant"] = Reaction.Transient("http_500", At(Fault.OAuthError("invalid_grant", 500))),
        ["HTML with 200"] = Reaction.Transient("malformed", At(Fault.Html())),
        ["HTML with 401"] = Reaction.Transient("http_401", At(Fault.Answer(401, "<p>Sign in.", ("Content-Type", "text/html")))),
        ["an error with 200"] = Reaction.Transient("malformed", At(Fault.OAuthError("invalid_grant", 200))),
        ["307 to another host"] =
            Reaction.Transient("http_307", stage => stage.AtTokenEndpoint(Fault.Redirect(307, new Uri(stage.Attacker.Origin)))),
        ["a huge answer"] = Reaction.Transient("oversized", At(Fault.HugeAnswer(10 << 20))),
        ["another encoding, named"] = Reaction.Spent("malformed", At(Fault.Reencode(Encoding.Unicode, "utf-16"))),
        ["a byte order mark"] = Reaction.Fine(At(Fault.Reencode(Encoding.UTF8, "utf-8"))),
        ["an encoding that is not built in, named"] =
            Reaction.Fine(At(Fault.SetHeader("Content-Type", "application/json; charset=windows-1252"))),
        ["Latin-1, named"] = Reaction.Fine(At(Fault.Reencode(Encoding.Latin1, "iso-8859-1"))),
        ["compressed unasked"] =
            Reaction.Fine(Odd(static scope => (scope.Body, scope.Context.Response.Headers.ContentEncoding) = (Zip(scope.Body), "gzip"))),
        ["compressed, said and not done"] = Reaction.Spent("malformed", At(Fault.SetHeader("Content-Encoding", "gzip"))),
        ["truncated behind the grant"] = Reaction.Kept("malformed", Odd(static scope => scope.Body = scope.Body[..^1])),
        ["huge behind the grant"] = Reaction.Kept("oversized", At(Fault.SetField("padding", new string('x', 1 << 20)))),
        ["201"] = Reaction.Kept("http_201", Odd(static scope => scope.Context.Response.StatusCode = 201)),
        ["an error beside the tokens"] = Reaction.Kept("malformed", At(Fault.SetField("error", "invalid_grant"))),
        ["an error that is none beside the tokens"] = Reaction.Fine(At(Fault.SetField("error", null))),
        ["access_token twice"] = Reaction.Kept("malformed", At(Beginning("\"access_token\":\"another\""))),
        ["refresh_token twice"] = Reaction.Spent("malformed", At(Beginning("\"refresh_token\":\"another\""))),
        ["a name that is no text"] = Reaction.Kept("malformed", At(Beginning("\"\\ud800\":1"))),
        ["a name that is no UTF-8"] =
            Reaction.Fine(Odd(static scope => scope.Body = [.. "{\""u8, 0xE9, .. "\":1,"u8, .. scope.Body.AsSpan(1)])),
        ["token_type of another kind"] = Reaction.Kept("malformed", At(Fault.SetField("token_type", "mac"))),
        ["token_type missing"] = Reaction.Fine(At(Fault.RemoveField("token_type"))),
        ["token_type in capitals"] = Reaction.Fine(At(Fault.SetField("token_type", "BEARER"))),
        ["access_token missing"] = Reaction.Kept("malformed", At(Fault.RemoveField("access_token"))),
        ["access_token null"] = Reaction.Kept("malformed", At(Fault.SetField("access_token", null))),
        ["access_token a number"] = Reaction.Kept("malformed", At(Fault.SetField("access_token", 7))),
        ["access_token that would end a header"] = Reaction.Kept("malformed", At(Fault.SetField("access_token", "a\r\nX-Evil: 1"))),
        ["expires_in missing"] = Reaction.Fine(At(Fault.RemoveField("expires_in"))),
        ["expires_in a string"] = Reaction.Fine(At(Fault.SetField("expires_in", "3600"))),
        ["expires_in a fraction"] = Reaction.Fine(At(Fault.SetField("expires_in", 3599.5))),
        ["expires_in null"] = Reaction.Fine(At(Fault.SetField("expires_in", null))),
        ["expires_in an object"] = Reaction.Fine(At(Fault.SetField("expires_in", new JsonObject()))),
        ["expires_in absurd"] = Reaction.Fine(At(Fault.SetField("expires_in", 1e300))),
        ["expires_in zero"] = Reaction.Fine(At(Fault.SetField("expires_in", 0))) with { Calls = 3 },
        ["expires_in negative"] = Reaction.Fine(At(Fault.SetField("expires_in", -5))) with { Calls = 3 },
        ["a lifetime that is not true"] = Reaction.Fine(stage =>
        {
            stage.Authorization.Settings.AccessTokenLifetime = TimeSpan.FromMinutes(1);
            stage.Authorization.Settings.AnnouncedLifetime = TimeSpan.FromDays(1);
        }),
        ["a clock three hours slow"] = Reaction.Fine(stage => stage.Bokio.Api.ClockOffset = TimeSpan.FromHours(-3)),
        ["a clock three hours fast"] = Reaction.Fine(stage => stage.Bokio.Api.ClockOffset = TimeSpan.FromHours(3)),
        ["refresh_token missing though it rotated"] = Reaction.Fine(At(Fault.RemoveField("refresh_token"))) with
        {
            Later = Reaction.Dead,
            RevokedFamilies = 1,
        },
        ["the grant was withdrawn"] = new(stage => stage.Authorization.RevokeGrants(), Reaction.Dead, "invalid_grant", Reaction.Dead),
        ["another client secret"] =
            new(stage => stage.Authorization.ChangeClientSecrets(), Reaction.Misconfigured, "invalid_client", Reaction.Misconfigured),
        ["unauthorized_client"] =
            new(At(Fault.OAuthError("unauthorized_client", 403)), Reaction.Misconfigured, "unauthorized_client", Reaction.Ok),
        ["invalid_scope"] = new(At(Fault.OAuthError("invalid_scope")), Reaction.Misconfigured, "invalid_scope", Reaction.Ok),
        ["an error word of its own"] = Reaction.Transient("http_400", At(Fault.OAuthError("slow_down"))),
        ["the token revoked on its way"] =
            new(At(stage => Fault.Meanwhile(() => stage.Authorization.ExpireAccessTokens())), "401", null, "200"),
    };

    // The answer with another member in front.
    private static Fault Beginning(string member) =>
        Changing(scope => scope.Body = [.. Encoding.UTF8.GetBytes($"{{{member},"), .. scope.Body.AsSpan(1)]);

    private static Action<HostileStage> Odd(Action<FaultScope> change) => At(Changing(change));

    private static Fault Changing(Action<FaultScope> change) => new(FaultStage.Answering, scope =>
    {
        change(scope);
        return Task.FromResult(false);
    });

    private static byte[] Zip(byte[] body)
    {
        using var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            zip.Write(body);
        }

        return zipped.ToArray();
    }

    private static Action<HostileStage> At(Fault fault) => stage => stage.AtTokenEndpoint(fault);

    private static Action<HostileStage> At(Func<HostileStage, Fault> fault) => stage => stage.AtTokenEndpoint(fault(stage));
}
