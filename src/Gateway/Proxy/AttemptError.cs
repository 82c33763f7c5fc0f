using Gateway.Proxy.Replay;

namespace Gateway.Proxy;

/// <summary>Why an attempt brought no answer, as <c>error.type</c> of the HTTP conventions: a closed set, nothing of the message.</summary>
internal static class AttemptError
{
    /// <summary>Refused before its body was sent: the third party did answer, with this status.</summary>
    public const string Refused = "401";

    public static string TypeOf(Exception failure) => failure switch
    {
        AttemptAbandonedException => Refused,
        HttpRequestException http => WordFor(http.HttpRequestError),
        OperationCanceledException { InnerException: TimeoutException } => "timeout",
        OperationCanceledException => "canceled",
        _ => failure.GetType().FullName ?? "exception",
    };

    // As .NET's own instruments spell them.
    private static string WordFor(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "name_resolution_error",
        HttpRequestError.ConnectionError => "connection_error",
        HttpRequestError.SecureConnectionError => "secure_connection_error",
        HttpRequestError.HttpProtocolError => "http_protocol_error",
        HttpRequestError.VersionNegotiationError => "version_negotiation_error",
        HttpRequestError.InvalidResponse => "invalid_response",
        HttpRequestError.ResponseEnded => "response_ended",
        HttpRequestError.ConfigurationLimitExceeded => "configuration_limit_exceeded",
        _ => typeof(HttpRequestException).FullName!,
    };
}
