using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Demo.Providers;

/// <summary>
/// Middleware that applies the planned faults of a request. Order: faults before the body, reading the body, counting, faults before
/// the endpoint, the endpoint, faults on its answer.
/// </summary>
internal sealed class FaultPipeline(FaultPlan plan, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var faults = plan.Take(context.Features.GetRequiredFeature<RecordedRequest>());
        var scope = new FaultScope(context, time);
        try
        {
            await ServeAsync(faults, scope, next);
        }
        catch (OperationCanceledException) when (scope.Stopping.IsCancellationRequested || context.RequestAborted.IsCancellationRequested)
        {
            scope.Cut(); // the simulation stopped while the request was held, or the client disconnected
        }
    }

    private static async Task ServeAsync(IReadOnlyList<Fault> faults, FaultScope scope, RequestDelegate next)
    {
        if (await ApplyAsync(faults, FaultStage.BeforeBody, scope))
        {
            await SendAsync(scope);
            return;
        }

        await ReadBodyAsync(scope.Context);
        using var counted = await (scope.Context.GetEndpoint()?.Metadata.GetMetadata<RequestCount>()?.BeginAsync(scope.Context) ?? default);
        if (await ApplyAsync(faults, FaultStage.BeforeHandling, scope))
        {
            await SendAsync(scope);
            return;
        }

        await AnswerAsync(faults, scope, next);
    }

    private static async Task<bool> ApplyAsync(IReadOnlyList<Fault> faults, FaultStage stage, FaultScope scope)
    {
        foreach (var fault in faults)
        {
            if (fault.Stage == stage && await fault.ApplyAsync(scope))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the complete body, so that the client can finish its request before any fault but an early one applies.</summary>
    private static async Task ReadBodyAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<StreamedBody>() is null)
        {
            var whole = new MemoryStream();
            await context.Request.Body.CopyToAsync(whole, context.RequestAborted);
            whole.Position = 0;
            context.Request.Body = whole;
        }
    }

    private static async Task AnswerAsync(IReadOnlyList<Fault> faults, FaultScope scope, RequestDelegate next)
    {
        if (faults.All(fault => fault.Stage != FaultStage.Answering))
        {
            await next(scope.Context);
            return;
        }

        var direct = scope.Context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var kept = new MemoryStream();
        scope.Context.Response.Body = kept;
        await next(scope.Context);
        scope.Context.Features.Set(direct);
        scope.Body = kept.ToArray();
        await ApplyAsync(faults, FaultStage.Answering, scope);
        await SendAsync(scope);
    }

    private static async Task WriteAsync(FaultScope scope, ReadOnlyMemory<byte> bytes)
    {
        var output = scope.Context.Response.Body;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(scope.Stopping, scope.Context.RequestAborted);
        for (; scope.PerByte is { } pause && bytes.Length > 0; bytes = bytes[1..])
        {
            await Task.Delay(pause, scope.Time, gone.Token);
            await output.WriteAsync(bytes[..1], gone.Token);
            await output.FlushAsync(gone.Token);
        }

        await output.WriteAsync(bytes);
    }

    private static async Task SendAsync(FaultScope scope)
    {
        var (context, body) = (scope.Context, scope.Body);
        if (scope.IsCut || context.Response.StatusCode is 204 or 304)
        {
            return;
        }

        context.Response.ContentLength = body.Length;
        await WriteAsync(scope, body.AsMemory(0, Math.Min(scope.CutAfter ?? body.Length, body.Length)));
        if (scope.CutAfter is not null)
        {
            await context.Response.Body.FlushAsync();
            scope.Cut();
        }
    }
}

/// <summary>Endpoint metadata: counts a request when it has arrived completely, before a fault can delay it.</summary>
/// <param name="BeginAsync">Counts the start of a request; disposing the result counts its end.</param>
internal sealed record RequestCount(Func<HttpContext, ValueTask<IDisposable?>> BeginAsync);

/// <summary>Endpoint metadata: the endpoint itself reads the request body while it arrives.</summary>
internal sealed class StreamedBody;
