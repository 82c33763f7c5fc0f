using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// A failure that a simulated host produces on request. <see cref="FaultPlan"/> decides for which requests and how often; several faults
/// of one request apply in the order in which they were planned.
/// </summary>
/// <param name="Stage">When the fault applies.</param>
/// <param name="ApplyAsync">Applies the fault; true if it has answered or aborted the request, so that the endpoint is skipped.</param>
internal sealed record Fault(FaultStage Stage, Func<FaultScope, Task<bool>> ApplyAsync)
{
    /// <summary>Answers instead of the endpoint, after the request body was read.</summary>
    public static Fault Answer(int status, string body = "", params (string Name, string Value)[] headers) =>
        Instead(FaultStage.BeforeHandling, status, body, headers);

    /// <summary>Answers before the request body was read, like a server that checks the credential first.</summary>
    public static Fault EarlyAnswer(int status, string body = "", params (string Name, string Value)[] headers) =>
        Instead(FaultStage.BeforeBody, status, body, headers);

    /// <summary>Answers 200 with an HTML page instead of JSON, like a captive portal or a maintenance page.</summary>
    public static Fault Html() =>
        Answer(200, "<!doctype html><title>Maintenance</title><p>Back soon.", ("Content-Type", "text/html; charset=utf-8"));

    /// <summary>429, 503 or similar, with <c>Retry-After</c> in seconds.</summary>
    public static Fault TryLater(int status, int seconds) => Answer(status, "", ("Retry-After", seconds.ToString()));

    /// <summary>429, 503 or similar, with <c>Retry-After</c> as a date (RFC 9110 section 10.2.3).</summary>
    public static Fault TryAt(int status, DateTimeOffset time) => Answer(status, "", ("Retry-After", time.ToString("R")));

    /// <summary>
    /// A JSON error answer of a token endpoint. RFC 6749 section 5.2 requires status 400 or 401; some providers send 200.
    /// </summary>
    public static Fault OAuthError(string error, int status = 400) =>
        Answer(status, $$"""{"error":"{{error}}","error_description":"Simulated."}""");

    /// <summary>Redirects the client (302, 307, …).</summary>
    public static Fault Redirect(int status, Uri location) => Answer(status, "", ("Location", location.AbsoluteUri));

    /// <summary>A well-formed 200 JSON answer of about <paramref name="bytes"/> bytes.</summary>
    public static Fault HugeAnswer(int bytes) =>
        Answer(200, $$"""{"padding":"{{new string('x', bytes)}}"}""", ("Content-Type", "application/json"));

    /// <summary>Holds the request until the gate opens, before the endpoint does anything.</summary>
    public static Fault HoldBefore(Gate gate) => Passing(FaultStage.BeforeHandling, scope => gate.PassAsync(scope.Stopping));

    /// <summary>Holds the answer until the gate opens, after the endpoint has done its work.</summary>
    public static Fault HoldAnswer(Gate gate) => Passing(FaultStage.Answering, scope => gate.PassAsync(scope.Stopping));

    /// <summary>Waits, by the simulation's clock, before the endpoint does anything.</summary>
    public static Fault Delay(TimeSpan time) => Passing(FaultStage.BeforeHandling, scope => Task.Delay(time, scope.Time, scope.Stopping));

    /// <summary>Resets the connection before the endpoint does anything.</summary>
    public static Fault Drop() => new(FaultStage.BeforeHandling, scope => Done(scope.Cut));

    /// <summary>
    /// Resets the connection after the endpoint has done its work: a rotation is committed, but the client does not get the new token.
    /// </summary>
    public static Fault LoseAnswer() => Changing(scope => scope.Cut());

    /// <summary>Runs an action between the endpoint's work and its answer, such as revoking the token that the answer contains.</summary>
    public static Fault Meanwhile(Action act) => Changing(_ => act());

    /// <summary>Sends the answer one byte at a time, with a pause before each byte by the simulation's clock.</summary>
    public static Fault Drip(TimeSpan perByte) => Changing(scope => scope.PerByte = perByte);

    /// <summary>Sends the answer's text in another encoding, with its byte order mark.</summary>
    /// <param name="encoding">The actual encoding.</param>
    /// <param name="charset">The charset announced in <c>Content-Type</c>; null omits it.</param>
    public static Fault Reencode(Encoding encoding, string? charset) => Changing(scope =>
    {
        scope.Body = [.. encoding.GetPreamble(), .. encoding.GetBytes(Encoding.UTF8.GetString(scope.Body))];
        scope.Context.Response.ContentType = charset is null ? "application/json" : $"application/json; charset={charset}";
    });

    /// <summary>Sends a complete HTTP answer with only the first <paramref name="bytes"/> bytes of the text.</summary>
    public static Fault Truncate(int bytes) => Changing(scope => scope.Body = scope.Body[..Math.Min(bytes, scope.Body.Length)]);

    /// <summary>Announces the full length, sends <paramref name="bytes"/> bytes and resets the connection.</summary>
    public static Fault CutAnswer(int bytes) => Changing(scope => scope.CutAfter = bytes);

    /// <summary>Sets a field of a JSON answer, for example <c>expires_in</c> to a string, a negative number or null.</summary>
    public static Fault SetField(string name, JsonNode? value) =>
        Changing(scope => scope.ChangeJson(json => json[name] = value?.DeepClone()));

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

/// <summary>When a fault applies.</summary>
internal enum FaultStage
{
    /// <summary>After the request head, before any byte of the body is read.</summary>
    BeforeBody,

    /// <summary>After the body, before the endpoint does anything.</summary>
    BeforeHandling,

    /// <summary>After the endpoint has committed its work, before any byte of its answer is sent.</summary>
    Answering,
}

/// <summary>The state of one request that faults can read and change.</summary>
/// <param name="context">The request. Faults may change the status and headers of its response at any stage.</param>
/// <param name="time">The simulation's clock.</param>
internal sealed class FaultScope(HttpContext context, TimeProvider time)
{
    public HttpContext Context { get; } = context;

    public TimeProvider Time { get; } = time;

    /// <summary>The body of the answer: at <see cref="FaultStage.Answering"/> the endpoint's, before that the fault's own.</summary>
    public byte[] Body { get; set; } = [];

    /// <summary>Number of bytes of <see cref="Body"/> to send before the connection is reset; null sends all.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Pause before each byte of <see cref="Body"/>; null sends the body at once.</summary>
    public TimeSpan? PerByte { get; set; }

    /// <summary>Cancelled when the simulation stops, so that held requests do not delay the stop.</summary>
    public CancellationToken Stopping { get; } =
        context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public bool IsCut { get; private set; }

    /// <summary>Resets the connection without an answer.</summary>
    public void Cut()
    {
        IsCut = true;
        Context.Abort();
    }

    /// <summary>Changes the answer if it is a JSON object; otherwise does nothing.</summary>
    public void ChangeJson(Action<JsonObject> change)
    {
        if (Context.Response.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true
            && JsonNode.Parse(Body) is JsonObject json)
        {
            change(json);
            Body = Encoding.UTF8.GetBytes(json.ToJsonString());
        }
    }
}
