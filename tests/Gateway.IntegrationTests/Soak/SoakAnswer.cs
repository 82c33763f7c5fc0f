using System.Net;
using System.Text.Json;

namespace Gateway.IntegrationTests.Soak;

/// <summary>The result of one call.</summary>
/// <param name="Code"><c>ok</c>, a code of the gateway's own, <c>401 reason</c> passed on with the gateway's header, or what went
/// wrong.</param>
/// <param name="IsExplained">Whether a caller may get this: the right answer, or an error that says why.</param>
internal readonly record struct SoakAnswer(string Code, bool IsExplained)
{
    public const string Ok = "ok";
    public const string RejectedTwice = "401 replayed";
    public const string Dead = "reauthorization_required";

    public bool IsOk => Code == Ok;

    public static async Task<SoakAnswer> AskAsync(SoakGateway gateway, SoakConnection connection)
    {
        var turns = gateway.Turns;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, connection.Path);
            request.Headers.Add("Gateway-Connection", connection.Name);
            using var answer = await gateway.Process.Proxy.SendAsync(request);
            return Judge(answer, await answer.Content.ReadAsStringAsync(), connection);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The process was stopped during this call.
            return turns % 2 == 1 || turns != gateway.Turns
                ? new("process away", IsExplained: true)
                : new($"{e.GetType().Name}: {e.Message}", IsExplained: false);
        }
    }

    private static SoakAnswer Judge(HttpResponseMessage answer, string body, SoakConnection connection)
    {
        if (answer.Headers.TryGetValues("Gateway-Error", out var codes))
        {
            // Every other code is a violation, such as an unknown connection or a misconfigured provider.
            var code = codes.Single();
            return new(code, code is "credential_unavailable" or Dead && IsProblem(body, code));
        }

        if (answer.StatusCode == HttpStatusCode.OK)
        {
            return body.Contains(connection.CompanyId, StringComparison.Ordinal) ? new(Ok, true) : new("another's answer", false);
        }

        var replay = answer.Headers.TryGetValues("Gateway-Replay", out var said) ? said.Single() : "";
        return new(
            $"{(int)answer.StatusCode} {replay}",
            answer.StatusCode == HttpStatusCode.Unauthorized
                && replay is "skipped; reason=refresh-failed" or "skipped; reason=fresh-token");
    }

    private static bool IsProblem(string body, string code)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.GetProperty("code").GetString() == code
                && problem.RootElement.GetProperty("detail").GetString() is { Length: > 0 };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            return false;
        }
    }
}
