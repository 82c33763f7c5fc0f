using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The operations of the control API on one host: received requests, faults and clock.</summary>
internal static class ControlledHost
{
    /// <summary><c>GET …/requests?last=N</c>: received requests, newest first. Credentials are shown, because they are simulated.</summary>
    public static Task ShowRequestsAsync(HttpContext context, SimulatedHost host)
    {
        var last = context.Request.Query.Number("last", 10);
        return context.Response.JsonAsync(200, new JsonArray([.. host.Requests.Snapshot().Reverse().Take(last).Select(Describe)]));
    }

    /// <summary>
    /// <c>POST …/faults?path=/v1&amp;status=503&amp;times=2</c> answers with this status, optionally with <c>&amp;retry-after=SECONDS</c>. Other faults:
    /// <c>&amp;kind=html|drop|lose-answer|truncate|huge</c>, <c>&amp;kind=delay&amp;seconds=5</c>, <c>&amp;kind=drip&amp;milliseconds=50</c>,
    /// <c>&amp;kind=error&amp;error=invalid_grant</c>, <c>&amp;kind=without&amp;field=expires_in</c>.
    /// </summary>
    public static Task AddFaultAsync(HttpContext context, SimulatedHost host)
    {
        var query = context.Request.Query;
        if (Read(query) is not { } fault)
        {
            return context.Response.EmptyAsync(400);
        }

        host.Faults.Add(query["path"] is [{ } path] ? path : "/", fault, query.Number("times", int.MaxValue));
        return context.Response.EmptyAsync(204);
    }

    /// <summary><c>POST …/clock?offset=-300</c>: seconds added to the host's <c>Date</c> header.</summary>
    public static Task SetClockAsync(HttpContext context, SimulatedHost host)
    {
        host.ClockOffset = TimeSpan.FromSeconds(context.Request.Query.Number("offset", 0));
        return context.Response.EmptyAsync(204);
    }

    public static Task ClearFaultsAsync(HttpContext context, SimulatedHost host)
    {
        host.Faults.Clear();
        return context.Response.EmptyAsync(204);
    }

    private static Fault? Read(IQueryCollection query) => (query["kind"].ToString(), query.Number("status", 0)) switch
    {
        ("html", _) => Fault.Html(),
        ("drop", _) => Fault.Drop(),
        ("lose-answer", _) => Fault.LoseAnswer(),
        ("truncate", _) => Fault.Truncate(query.Number("bytes", 20)),
        ("huge", _) => Fault.HugeAnswer(query.Number("bytes", 10_000_000)),
        ("delay", _) => Fault.Delay(TimeSpan.FromSeconds(query.Number("seconds", 5))),
        ("drip", _) => Fault.Drip(TimeSpan.FromMilliseconds(query.Number("milliseconds", 50))),
        ("error", var status) => Fault.OAuthError(query["error"].ToString() is { Length: > 0 } error ? error : "invalid_grant", status == 0 ? 400 : status),
        ("without", _) => Fault.RemoveField(query["field"].ToString()),
        ("", >= 200 and <= 599 and var status) when query.ContainsKey("retry-after") => Fault.TryLater(status, query.Number("retry-after", 0)),
        ("", >= 200 and <= 599 and var status) => Fault.Answer(status),
        _ => null,
    };

    private static JsonNode Describe(RecordedRequest request) => new JsonObject
    {
        ["receivedAt"] = request.ReceivedAt.ToString("O"),
        ["method"] = request.Method,
        ["target"] = request.Target,
        ["protocol"] = request.Protocol,
        ["headers"] = new JsonArray([.. request.Headers.Select(header => (JsonNode)$"{header.Key}: {header.Value}")]),
        ["status"] = request.Status,
    };
}
