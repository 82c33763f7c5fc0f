using System.Diagnostics;

using OpenTelemetry;

namespace Gateway.Observability.Tracing;

/// <summary>
/// The last look at a span before it leaves, whoever made it: queries carry codes, states and keys, paths carry links that work once.
/// Where a path was, the route's pattern stands; a path without a route is nobody's business, nor is a method that callers make up.
/// </summary>
internal sealed class SpanScrubber : BaseProcessor<Activity>
{
    private const string Redacted = "REDACTED";

    public override void OnEnd(Activity data)
    {
        data.SetTag("url.query", null);
        data.SetTag("user_agent.original", null);
        data.SetTag("http.request.method_original", null);
        if (data.GetTagItem("url.path") is not null)
        {
            data.SetTag("url.path", data.GetTagItem("http.route") ?? Redacted);
        }

        if (data.GetTagItem("url.full") is string full && Uri.TryCreate(full, UriKind.Absolute, out var uri))
        {
            data.SetTag("url.full", $"{uri.Scheme}://{uri.Authority}/{Redacted}");
        }
    }
}
