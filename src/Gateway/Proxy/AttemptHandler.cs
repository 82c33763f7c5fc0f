using System.Net;

using Gateway.Observability;

namespace Gateway.Proxy;

/// <summary>One sending of a request: puts the credential in, and has the sending measured and traced where anybody listens.</summary>
internal sealed class AttemptHandler(HttpMessageHandler inner, AttemptMetrics attempts) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        UpstreamRequest.TryGet(request, out var exchange);
        if (attempts.IsWanted || GatewayActivities.Source.HasListeners())
        {
            return ObserveAsync(request, exchange, cancellationToken);
        }

        Inject(request, exchange);
        return base.SendAsync(request, cancellationToken);
    }

    // The span begins in here, not in the caller: what is current in an asynchronous method stays inside of it.
    private async Task<HttpResponseMessage> ObserveAsync(HttpRequestMessage request, UpstreamRequest? exchange, CancellationToken cancellationToken)
    {
        using var span = exchange is null ? null : AttemptSpan.Start(request, exchange);
        var provider = exchange?.Provider.Name ?? "";
        var active = attempts.Enter(provider, out var since);
        try
        {
            Inject(request, exchange);
            var response = await base.SendAsync(request, cancellationToken);
            attempts.Record(provider, request, (response.StatusCode, response.Version), null, since);
            AttemptSpan.Answered(span, response);
            return response;
        }
        catch (Exception failure)
        {
            var error = AttemptError.TypeOf(failure);
            attempts.Record(provider, request, error == AttemptError.Refused ? (HttpStatusCode.Unauthorized, request.Version) : null, error, since);
            AttemptSpan.Failed(span, error, cancellationToken);
            throw;
        }
        finally
        {
            AttemptMetrics.Leave(active);
        }
    }

    private static void Inject(HttpRequestMessage request, UpstreamRequest? exchange)
    {
        if (exchange is not null)
        {
            CredentialInjection.Apply(request, exchange);
        }
    }
}
