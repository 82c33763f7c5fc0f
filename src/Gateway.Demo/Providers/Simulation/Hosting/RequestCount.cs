namespace Gateway.Demo.Providers;

/// <summary>Endpoint metadata: counts a request when it has arrived completely, before a fault can delay it.</summary>
/// <param name="BeginAsync">Counts the start of a request; disposing the result counts its end.</param>
internal sealed record RequestCount(Func<HttpContext, ValueTask<IDisposable?>> BeginAsync);
