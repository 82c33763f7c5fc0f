using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The part of the control API that is about one host: what it received, and how it misbehaves.</summary>
internal static class ControlledHost
{
    /// <summary><c>GET …/requests?last=N</c>: what arrived, newest first, with the credentials as they came — they are simulated.</summary>
    public static Task ShowRequestsAsync(HttpContext context, SimulatedHost host)
    {
        var last = context.Request.Query.Number("last", 10);
        return context.Response.JsonAsync(200, new JsonArray([.. host.Requests.Snapshot().Reverse().Take(last).Select(Describe)]));
    }

    /// <summary><c>POST …/faults?path=/v1&amp;status=503&amp;times=2</c> answers so; <c>&amp;kind=html|drop|lose-answer</c> instead of a status.</summary>
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
