using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// One way to misbehave. <see cref="FaultPlan"/> says where and how often. Faults of one request act in the order in which they were planned.
/// </summary>
/// <param name="Stage">When it acts.</param>
/// <param name="ApplyAsync">What it does; true means that the endpoint is not to be asked any more.</param>
internal sealed record Fault(FaultStage Stage, Func<FaultScope, Task<bool>> ApplyAsync)
{
    /// <summary>Answers in the endpoint's place, after having read the request's body.</summary>
    public static Fault Answer(int status, string body = "", params (string Name, string Value)[] headers) =>
        Instead(FaultStage.BeforeHandling, status, body, headers);

    /// <summary>Answers before the request's body was read, as servers do that look at the credential first.</summary>
    public static Fault EarlyAnswer(int status, string body = "", params (string Name, string Value)[] headers) =>
        Instead(FaultStage.BeforeBody, status, body, headers);

    /// <summary>200 with a page where JSON was due, as captive portals and maintenance pages do.</summary>
    public static Fault Html() =>
        Answer(200, "<!doctype html><title>Maintenance</title><p>Back soon.", ("Content-Type", "text/html; charset=utf-8"));

    /// <summary>429, 503 and their like, with the seconds to wait.</summary>
    public static Fault TryLater(int status, int seconds) => Answer(status, "", ("Retry-After", seconds.ToString()));

    /// <summary>429, 503 and their like, with the time to come back at (RFC 9110 section 10.2.3).</summary>
    public static Fault TryAt(int status, DateTimeOffset time) => Answer(status, "", ("Retry-After", time.ToString("R")));

    /// <summary>A JSON error answer of a token endpoint, with whatever status: RFC 6749 says 400 or 401, some say 200.</summary>
    public static Fault OAuthError(string error, int status = 400) =>
        Answer(status, $$"""{"error":"{{error}}","error_description":"Simulated."}""");

    /// <summary>Sends the client elsewhere (302, 307, …).</summary>
    public static Fault Redirect(int status, Uri location) => Answer(status, "", ("Location", location.AbsoluteUri));

    /// <summary>A well-formed 200 JSON answer of about so many bytes.</summary>
    public static Fault HugeAnswer(int bytes) =>
        Answer(200, $$"""{"padding":"{{new string('x', bytes)}}"}""", ("Content-Type", "application/json"));

    /// <summary>Holds the request until the gate opens; nothing has been done yet.</summary>
    public static Fault HoldBefore(Gate gate) => Passing(FaultStage.BeforeHandling, scope => gate.PassAsync(scope.Stopping));

    /// <summary>Holds the answer until the gate opens; the work has been done.</summary>
    public static Fault HoldAnswer(Gate gate) => Passing(FaultStage.Answering, scope => gate.PassAsync(scope.Stopping));

    /// <summary>Waits on the simulation's clock before anything is done.</summary>
    public static Fault Delay(TimeSpan time) => Passing(FaultStage.BeforeHandling, scope => Task.Delay(time, scope.Time, scope.Stopping));

    /// <summary>Cuts the connection before anything was done.</summary>
    public static Fault Drop() => new(FaultStage.BeforeHandling, scope => Done(scope.Cut));

    /// <summary>Cuts the connection after the work was done: a rotation is committed and nobody hears of it.</summary>
    public static Fault LoseAnswer() => Changing(scope => scope.Cut());

    /// <summary>Does something else between the work and its answer: the token is revoked before the client has it.</summary>
    public static Fault Meanwhile(Action act) => Changing(_ => act());

    /// <summary>An answer that comes a byte at a time, with so much of the simulation's time in between.</summary>
    public static Fault Drip(TimeSpan perByte) => Changing(scope => scope.PerByte = perByte);

    /// <summary>The answer's text in another encoding, byte order mark included.</summary>
    /// <param name="encoding">What its bytes are.</param>
    /// <param name="charset">What its <c>Content-Type</c> says they are; null leaves that out.</param>
    public static Fault Reencode(Encoding encoding, string? charset) => Changing(scope =>
    {
        scope.Body = [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(scope.Body))];
        scope.Context.Response.ContentType = charset is null ? "application/json" : $"application/json; charset={charset}";
    });

    /// <summary>A complete answer whose text ends in the middle.</summary>
    public static Fault Truncate(int bytes) => Changing(scope => scope.Body = scope.Body[..Math.Min(bytes, scope.Body.Length)]);

    /// <summary>An answer that announces its whole length and is cut after so many bytes.</summary>
    public static Fault CutAnswer(int bytes) => Changing(scope => scope.CutAfter = bytes);

    /// <summary>Sets a field of a JSON answer: <c>expires_in</c> as a string, a float, negative, null.</summary>
    public static Fault SetField(string name, JsonNode? value) => Changing(scope => scope.ChangeJson(json => json[name] = value?.DeepClone()));

    public static Fault RemoveField(string name) => Changing(scope => scope.ChangeJson(json => json.Remove(name)));

    /// <summary>Sets a header of the answer.</summary>
    public static Fault SetHeader(string name, string value) => Changing(scope => scope.Context.Response.Headers[name] = value);

    private static Fault Changing(Action<FaultScope> change) => Passing(FaultStage.Answering, scope =>
    {
        change(scope);
        return Task.CompletedTask;
    });

    private static Fault Passing(FaultStage stage, Func<FaultScope, Task> act) => new(stage, async scope =>
    {
        await act(scope);
        return false;
    });

    private static Fault Instead(FaultStage stage, int status, string body, (string Name, string Value)[] headers) =>
        new(stage, scope => Done(() =>
        {
            var response = scope.Context.Response;
            response.StatusCode = status;
            response.ContentType = body.Length == 0 ? null : "application/json; charset=utf-8";
            foreach (var (name, value) in headers)
            {
                response.Headers[name] = value;
            }

            scope.Body = Encoding.UTF8.GetBytes(body);
        }));

    private static Task<bool> Done(Action act)
    {
        act();
        return Task.FromResult(true);
    }
}
