namespace Gateway.Demo.Providers;

/// <summary>Endpoint metadata: counts a request from the moment it has arrived whole, before a fault may hold it.</summary>
/// <param name="BeginAsync">Counts it in; disposing what it returns counts it out.</param>
internal sealed record RequestCount(Func<HttpContext, ValueTask<IDisposable?>> BeginAsync);
