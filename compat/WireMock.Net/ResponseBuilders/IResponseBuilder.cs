using System.Net;
using System.Text;

namespace WireMock.ResponseBuilders;

/// <summary>Says what to answer. Default: 200 without body.</summary>
public interface IResponseBuilder
{
    /// <summary>The status, also one that has no name.</summary>
    IResponseBuilder WithStatusCode(int code);

    /// <summary>The status.</summary>
    IResponseBuilder WithStatusCode(string code);

    /// <summary>The status.</summary>
    IResponseBuilder WithStatusCode(HttpStatusCode code);

    /// <summary>200.</summary>
    IResponseBuilder WithSuccess();

    /// <summary>404.</summary>
    IResponseBuilder WithNotFound();

    /// <summary>Adds a header, or values to it.</summary>
    IResponseBuilder WithHeader(string name, params string[] values);

    /// <summary>Replaces all headers.</summary>
    IResponseBuilder WithHeaders(IDictionary<string, string> headers);

    /// <summary>Text, as UTF-8 unless another encoding is given. No Content-Type is added.</summary>
    IResponseBuilder WithBody(string body, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null);

    /// <summary>Bytes.</summary>
    IResponseBuilder WithBody(byte[] body, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null);

    /// <summary>Text made for each request.</summary>
    IResponseBuilder WithBody(
        Func<IRequestMessage, string> bodyFactory, string? destination = BodyDestinationFormat.SameAsSource, Encoding? encoding = null);

    /// <summary>Text made for each request.</summary>
    IResponseBuilder WithBody(
        Func<IRequestMessage, Task<string>> bodyFactory,
        string? destination = BodyDestinationFormat.SameAsSource,
        Encoding? encoding = null);

    /// <summary>An object, serialized with its names as they are and without nulls. No Content-Type is added.</summary>
    IResponseBuilder WithBodyAsJson(object body, Encoding? encoding = null, bool? indented = null);

    /// <summary>An object, serialized with its names as they are and without nulls.</summary>
    IResponseBuilder WithBodyAsJson(object body, bool indented);

    /// <summary>An object made for each request.</summary>
    IResponseBuilder WithBodyAsJson(Func<IRequestMessage, object> bodyFactory, Encoding? encoding = null);

    /// <summary>Waits before the answer, and before anything is made for it.</summary>
    IResponseBuilder WithDelay(TimeSpan delay);

    /// <summary>Waits before the answer.</summary>
    IResponseBuilder WithDelay(int milliseconds);

    /// <summary>Makes the answer for each request. A status and headers said otherwise stand; an exception is answered 500.</summary>
    IResponseBuilder WithCallback(Func<IRequestMessage, IResponseMessage> callbackHandler);

    /// <summary>Makes the answer for each request. A status and headers said otherwise stand; an exception is answered 500.</summary>
    IResponseBuilder WithCallback(Func<IRequestMessage, Task<IResponseMessage>> callbackHandler);

    /// <summary>Lets it go wrong, always or with a probability from 0 to 1.</summary>
    IResponseBuilder WithFault(FaultType faultType, double? percentage = null);

    /// <summary>The answer to a request. The genuine interface has another form of this.</summary>
    internal Task<IResponseMessage> AnswerAsync(IRequestMessage request, CancellationToken aborted);
}
