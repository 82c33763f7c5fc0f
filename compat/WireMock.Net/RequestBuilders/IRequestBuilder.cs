using WireMock.Matchers;
using WireMock.Matchers.Request;
using WireMock.Types;
using WireMock.Util;

namespace WireMock.RequestBuilders;

/// <summary>
/// Says which requests fit. Everything said must hold; what isn't said doesn't matter. Text patterns may hold <c>*</c> and <c>?</c>.
/// </summary>
public interface IRequestBuilder : IRequestMatcher
{
    /// <summary>Fits if the decoded path has one of these forms.</summary>
    IRequestBuilder WithPath(params string[] paths);

    /// <summary>Fits if a matcher accepts the decoded path.</summary>
    IRequestBuilder WithPath(params IStringMatcher[] matchers);

    /// <summary>Fits if a function accepts the decoded path.</summary>
    IRequestBuilder WithPath(params Func<string, bool>[] funcs);

    /// <summary>GET.</summary>
    IRequestBuilder UsingGet(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>POST.</summary>
    IRequestBuilder UsingPost(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>PUT.</summary>
    IRequestBuilder UsingPut(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>PATCH.</summary>
    IRequestBuilder UsingPatch(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>DELETE.</summary>
    IRequestBuilder UsingDelete(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>HEAD.</summary>
    IRequestBuilder UsingHead(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>OPTIONS.</summary>
    IRequestBuilder UsingOptions(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>Any method, also those said before.</summary>
    IRequestBuilder UsingAnyMethod();

    /// <summary>One of these methods.</summary>
    IRequestBuilder UsingMethod(params string[] methods);

    /// <summary>Fits by a header's values. With <see cref="MatchBehaviour.RejectOnMatch"/> a request without the header fits.</summary>
    IRequestBuilder WithHeader(string name, string pattern, MatchBehaviour matchBehaviour);

    /// <summary>Fits by a header's values.</summary>
    IRequestBuilder WithHeader(
        string name, string pattern, bool ignoreCase = true, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>Fits if one of the matchers accepts all the header's values.</summary>
    IRequestBuilder WithHeader(string name, params IStringMatcher[] matchers);

    /// <summary>Fits if all functions accept the headers.</summary>
    IRequestBuilder WithHeader(params Func<IDictionary<string, string[]>, bool>[] funcs);

    /// <summary>Fits if the query has the parameter, or has it not.</summary>
    IRequestBuilder WithParam(string key, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>Fits if the parameter has exactly these values.</summary>
    IRequestBuilder WithParam(string key, params string[] values);

    /// <summary>Fits if each matcher accepts the value in its place.</summary>
    IRequestBuilder WithParam(string key, params IStringMatcher[] matchers);

    /// <summary>Fits if all functions accept the parameters.</summary>
    IRequestBuilder WithParam(params Func<IDictionary<string, WireMockList<string>>, bool>[] funcs);

    /// <summary>Fits by the body's text.</summary>
    IRequestBuilder WithBody(string body, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch);

    /// <summary>Fits if the matcher accepts the body's text.</summary>
    IRequestBuilder WithBody(IStringMatcher matcher);

    /// <summary>Fits if the function accepts the body's text.</summary>
    IRequestBuilder WithBody(Func<string?, bool> func);

    /// <summary>Fits if the function accepts the body's bytes.</summary>
    IRequestBuilder WithBody(Func<byte[]?, bool> func);

    /// <summary>Fits if the function accepts the body.</summary>
    IRequestBuilder WithBody(Func<IBodyData?, bool> func);

    /// <summary>Fits if the function accepts the fields of the form.</summary>
    IRequestBuilder WithBody(Func<IDictionary<string, string>?, bool> func);
}
