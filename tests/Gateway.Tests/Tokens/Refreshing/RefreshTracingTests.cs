using System.Collections.Concurrent;
using System.Diagnostics;

using Gateway.Observability;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>
/// Spans of a refresh. Other tests refresh at the same time, so only spans of this test's traces are read.
/// </summary>
public sealed class RefreshTracingTests : RefreshStage
{
    private readonly ConcurrentQueue<Activity> _stopped = new();
    private readonly ActivityListener _listener;
    private readonly ActivitySource _requests = new("Gateway.Tests.Requests");

    public RefreshTracingTests()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == GatewayActivities.SourceName || source == _requests,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _stopped.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public override async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _requests.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task The_starting_request_is_the_parent_of_a_refresh_and_waiting_requests_link_to_it()
    {
        await StoreExpiredAsync();
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        DuringTheCall(() => proceed.Task);
        var first = RequestAsync();
        await Eventually.TrueAsync(() => Server.Calls == 1, "The token call did not arrive.");
        var second = RequestAsync();
        proceed.SetResult();
        using var starter = await first;
        using var waiter = await second;

        await Eventually.TrueAsync(
            () => _stopped.Any(span => span.OperationName == GatewayActivities.Refresh && span.TraceId == starter.TraceId), "No span.");
        var refresh = _stopped.Single(span => span.OperationName == GatewayActivities.Refresh && span.TraceId == starter.TraceId);
        Assert.Equal(starter.SpanId, refresh.ParentSpanId);
        Assert.Equal(refresh.Context, Assert.Single(waiter.Links).Context);
        Assert.Equal(
            [GatewayActivities.Lease, GatewayActivities.StoreWrite, GatewayActivities.TokenCall],
            _stopped.Where(span => span.ParentSpanId == refresh.SpanId).Select(span => span.OperationName).Order(StringComparer.Ordinal));
        Assert.Equal("success", refresh.GetTagItem(GatewayTags.Outcome));
    }

    private async Task<Activity> RequestAsync()
    {
        var request = _requests.StartActivity("request")!;
        AssertServes(await GetAsync(), "access-1", 2);
        request.Stop();
        return request;
    }
}
