using System.Globalization;
using System.Net;
using System.Text;
using WireMock.Types;
using WireMock.Util;

namespace WireMock.ResponseBuilders;

/// <summary>Builds answers.</summary>
public sealed class Response : IResponseBuilder
{
    private readonly ResponseMessage _message = new();
    private Func<IRequestMessage, Task<IResponseMessage>>? _callback;
    private Func<IRequestMessage, Task<BodyData>>? _body;
    private TimeSpan _delay;

    private Response()
    {
    }

    /// <summary>200 without body.</summary>
    public static IResponseBuilder Create() => new Response();

    async Task<IResponseMessage> IResponseBuilder.AnswerAsync(IRequestMessage request, CancellationToken aborted)
    {
        if (_delay > TimeSpan.Zero)
        {
            // A client that went away meanwhile is a request nonetheless: it goes to the log.
            await Task.Delay(_delay, aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_callback is null)
        {
            return await SaidAsync(request, _message);
        }

        return await SaidAsync(request, await _callback(request));
    }

    /// <inheritdoc />
    public IResponseBuilder WithStatusCode(int code) => With(() => _message.StatusCode = code);

    /// <inheritdoc />
    public IResponseBuilder WithStatusCode(string code) => WithStatusCode(int.Parse(code, CultureInfo.InvariantCulture));

    /// <inheritdoc />
    public IResponseBuilder WithStatusCode(HttpStatusCode code) => WithStatusCode((int)code);

    /// <inheritdoc />
    public IResponseBuilder WithSuccess() => WithStatusCode(HttpStatusCode.OK);

    /// <inheritdoc />
    public IResponseBuilder WithNotFound() => WithStatusCode(HttpStatusCode.NotFound);

    /// <inheritdoc />
    public IResponseBuilder WithHeader(string name, params string[] values) => With(() => _message.AddHeader(name, values));

    /// <inheritdoc />
    public IResponseBuilder WithHeaders(IDictionary<string, string> headers) => With(() => _message.Headers =
        headers.ToDictionary(header => header.Key, header => new WireMockList<string>(header.Value), StringComparer.OrdinalIgnoreCase));

    /// <inheritdoc />
    public IResponseBuilder WithBody(string body, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null) =>
        With(destination, Text(body, encoding));

    /// <inheritdoc />
    public IResponseBuilder WithBody(byte[] body, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null) =>
        With(destination, new BodyData { BodyAsBytes = body, DetectedBodyType = BodyType.Bytes });

    /// <inheritdoc />
    public IResponseBuilder WithBody(
        Func<IRequestMessage, string> bodyFactory, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null) =>
        With(destination, request => Task.FromResult(Text(bodyFactory(request), encoding)));

    /// <inheritdoc />
    public IResponseBuilder WithBody(
        Func<IRequestMessage, Task<string>> bodyFactory,
        string? destination = BodyDestinationFormat.SameAsSource,
        Encoding? encoding = null) =>
        With(destination, async request => Text(await bodyFactory(request), encoding));

    /// <inheritdoc />
    public IResponseBuilder WithBodyAsJson(object body, Encoding? encoding = null, bool? indented = null) =>
        With(BodyDestinationFormat.SameAsSource, Json(body, encoding, indented));

    /// <inheritdoc />
    public IResponseBuilder WithBodyAsJson(object body, bool indented) => WithBodyAsJson(body, encoding: null, indented);

    /// <inheritdoc />
    public IResponseBuilder WithBodyAsJson(Func<IRequestMessage, object> bodyFactory, Encoding? encoding = null) => With(
        BodyDestinationFormat.SameAsSource,
        request => Task.FromResult(Json(bodyFactory(request), encoding, indented: null)));

    /// <inheritdoc />
    public IResponseBuilder WithDelay(TimeSpan delay) => With(() => _delay = delay);

    /// <inheritdoc />
    public IResponseBuilder WithDelay(int milliseconds) => WithDelay(TimeSpan.FromMilliseconds(milliseconds));

    /// <inheritdoc />
    public IResponseBuilder WithCallback(Func<IRequestMessage, IResponseMessage> callbackHandler) =>
        With(() => _callback = request => Task.FromResult(callbackHandler(request)));

    /// <inheritdoc />
    public IResponseBuilder WithCallback(Func<IRequestMessage, Task<IResponseMessage>> callbackHandler) =>
        With(() => _callback = callbackHandler);

    /// <inheritdoc />
    public IResponseBuilder WithFault(FaultType faultType, double? percentage = null) => With(() =>
    {
        _message.FaultType = faultType;
        _message.FaultPercentage = percentage;
    });

    private static BodyData Text(string text, Encoding? encoding) =>
        new() { BodyAsString = text, Encoding = encoding, DetectedBodyType = BodyType.String };

    private static BodyData Json(object value, Encoding? encoding, bool? indented) =>
        new() { BodyAsJson = value, BodyAsJsonIndented = indented, Encoding = encoding, DetectedBodyType = BodyType.Json };

    // What is sent is a message of its own: the log keeps it, and this builder answers many requests, at the same time even.
    private async Task<ResponseMessage> SaidAsync(IRequestMessage request, IResponseMessage made) => new()
    {
        StatusCode = _message.StatusCode ?? made.StatusCode,
        Headers = _message.Headers is { Count: > 0 } headers ? headers : made.Headers,
        BodyData = _callback is null && _body is not null ? await _body(request) : made.BodyData,
        FaultType = _message.FaultType == FaultType.NONE ? made.FaultType : _message.FaultType,
        FaultPercentage = _message.FaultPercentage ?? made.FaultPercentage,
    };

    private Response With(string? destination, BodyData body) => With(destination, _ => Task.FromResult(body));

    private Response With(string? destination, Func<IRequestMessage, Task<BodyData>> body) =>
        destination is BodyDestinationFormat.SameAsSource or null
        ? With(() => _body = body)
        : throw new NotSupportedException($"A body can't be turned into {destination}.");

    private Response With(Action change)
    {
        change();
        return this;
    }
}
