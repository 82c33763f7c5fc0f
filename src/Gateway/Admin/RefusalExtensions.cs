using Gateway.Model;

namespace Gateway.Admin;

/// <summary>Documents the refusals of an endpoint.</summary>
internal static class RefusalExtensions
{
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="statuses">Besides 401, which every operators' endpoint may answer.</param>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        endpoint.Produces<ProblemBody>(StatusCodes.Status401Unauthorized, ProblemBody.ContentType);
        foreach (var status in statuses)
        {
            endpoint.Produces<ProblemBody>(status, ProblemBody.ContentType);
        }

        return endpoint;
    }
}
