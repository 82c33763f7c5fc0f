using System.Diagnostics;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Tokens.Refreshing;

/// <summary>Leads whoever waited for a refresh to its span, also when another instance made it: the record says which it was.</summary>
internal static class RefreshTraces
{
    /// <summary>Of the refresh under way, to be stored with what it makes; null when it is not recorded.</summary>
    public static string? Current => Activity.Current is { Recorded: true } span ? span.Id : null;

    /// <summary>The root or the child of a request's span that stands for a refresh; null when nobody listens or it is not sampled.</summary>
    public static Activity? Start(RefreshRequest request) =>
        GatewayActivities.Source.StartActivity(GatewayActivities.Refresh, ActivityKind.Internal, request.Parent);

    /// <summary>Has the lines of a refresh that is not recorded carry the trace of the request that started it; null when nothing has to be done for that.</summary>
    public static IDisposable? Follow(RefreshRequest request, Activity? span) =>
        span is null && request.Parent != default ? RequestTrace.Follow(request.Parent) : null;

    /// <summary>The span to link to: that of the refresh which did the work.</summary>
    /// <param name="span">Of this process's part in it.</param>
    /// <param name="result">How it ended. Adopted means that the work was another's, whose span it links to then.</param>
    public static ActivityContext Origin(Activity? span, RefreshResult result)
    {
        if (result.Outcome != RefreshOutcome.Adopted || !ActivityContext.TryParse(result.Connection?.RefreshTrace, null, isRemote: true, out var elsewhere))
        {
            return span?.Context ?? default;
        }

        span?.AddLink(new(elsewhere));
        return elsewhere;
    }

    /// <summary>Points the current request to the refresh that it waited for; one that it started is its child already.</summary>
    /// <param name="origin">From <see cref="Origin"/>; default when there is none.</param>
    /// <param name="isParent">True for the request that started the work here.</param>
    public static void Link(ActivityContext origin, bool isParent)
    {
        if (origin != default && (!isParent || origin.IsRemote))
        {
            Activity.Current?.AddLink(new(origin));
        }
    }
}
