using WireMock.Matchers;
using WireMock.Matchers.Request;
using WireMock.Types;
using WireMock.Util;

namespace WireMock.RequestBuilders;

/// <summary>Builds request matchers.</summary>
public sealed class Request : IRequestBuilder
{
    private readonly List<Predicate<IRequestMessage>> _demands = [];

    // Apart from the rest, because a method said later replaces those said before.
    private Predicate<IRequestMessage>? _method;

    private Request()
    {
    }

    int IRequestMatcher.Demands => _demands.Count + (_method is null ? 0 : 1);

    /// <summary>Fits every request until something is demanded.</summary>
    public static IRequestBuilder Create() => new Request();

    bool IRequestMatcher.Accepts(IRequestMessage request) =>
        _method?.Invoke(request) != false && _demands.TrueForAll(demand => demand(request));

    /// <inheritdoc />
    public IRequestBuilder WithPath(params string[] paths) => WithPath(new WildcardMatcher(paths));

    /// <inheritdoc />
    public IRequestBuilder WithPath(params IStringMatcher[] matchers) =>
        Demand(request => Array.Exists(matchers, matcher => matcher.Accepts(request.Path)));

    /// <inheritdoc />
    public IRequestBuilder WithPath(params Func<string, bool>[] funcs) =>
        Demand(request => Array.Exists(funcs, func => func(request.Path)));

    /// <inheritdoc />
    public IRequestBuilder UsingGet(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "GET");

    /// <inheritdoc />
    public IRequestBuilder UsingPost(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "POST");

    /// <inheritdoc />
    public IRequestBuilder UsingPut(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "PUT");

    /// <inheritdoc />
    public IRequestBuilder UsingPatch(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "PATCH");

    /// <inheritdoc />
    public IRequestBuilder UsingDelete(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "DELETE");

    /// <inheritdoc />
    public IRequestBuilder UsingHead(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "HEAD");

    /// <inheritdoc />
    public IRequestBuilder UsingOptions(MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) => Using(matchBehaviour, "OPTIONS");

    /// <inheritdoc />
    public IRequestBuilder UsingAnyMethod()
    {
        _method = null;
        return this;
    }

    /// <inheritdoc />
    public IRequestBuilder UsingMethod(params string[] methods) => Using(MatchBehaviour.AcceptOnMatch, methods);

    /// <inheritdoc />
    public IRequestBuilder WithHeader(string name, string pattern, MatchBehaviour matchBehaviour) =>
        WithHeader(name, pattern, ignoreCase: true, matchBehaviour);

    /// <inheritdoc />
    public IRequestBuilder WithHeader(
        string name, string pattern, bool ignoreCase = true, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) =>
        WithHeader(name, new WildcardMatcher(matchBehaviour, pattern, ignoreCase));

    /// <inheritdoc />
    public IRequestBuilder WithHeader(string name, params IStringMatcher[] matchers) => Demand(request =>
    {
        var values = request.Headers?.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        return Array.Exists(matchers, matcher => values is null ? matcher.Accepts(null) : values.TrueForAll(matcher.Accepts));
    });

    /// <inheritdoc />
    public IRequestBuilder WithHeader(params Func<IDictionary<string, string[]>, bool>[] funcs) => Demand(request =>
    {
        var headers = request.Headers?.ToDictionary(
            header => header.Key, header => header.Value.ToArray(), StringComparer.OrdinalIgnoreCase) ?? [];
        return Array.TrueForAll(funcs, func => func(headers));
    });

    /// <inheritdoc />
    public IRequestBuilder WithParam(string key, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) =>
        Demand(request => request.GetParameter(key) is not null == (matchBehaviour == MatchBehaviour.AcceptOnMatch));

    /// <inheritdoc />
    public IRequestBuilder WithParam(string key, params string[] values) =>
        WithParam(key, [.. values.Select(value => new ExactMatcher(value))]);

    /// <inheritdoc />
    public IRequestBuilder WithParam(string key, params IStringMatcher[] matchers) => Demand(request =>
        request.GetParameter(key) is { } values
        && values.Count == matchers.Length
        && matchers.Zip(values).All(pair => pair.First.Accepts(pair.Second)));

    /// <inheritdoc />
    public IRequestBuilder WithParam(params Func<IDictionary<string, WireMockList<string>>, bool>[] funcs) =>
        Demand(request => Array.TrueForAll(funcs, func => func(request.Query!)));

    /// <inheritdoc />
    public IRequestBuilder WithBody(string body, MatchBehaviour matchBehaviour = MatchBehaviour.AcceptOnMatch) =>
        WithBody(new WildcardMatcher(matchBehaviour, body));

    /// <inheritdoc />
    public IRequestBuilder WithBody(IStringMatcher matcher) => Demand(request => matcher.Accepts(request.Body));

    /// <inheritdoc />
    public IRequestBuilder WithBody(Func<string?, bool> func) => Demand(request => func(request.Body));

    /// <inheritdoc />
    public IRequestBuilder WithBody(Func<byte[]?, bool> func) => Demand(request => func(request.BodyAsBytes));

    /// <inheritdoc />
    public IRequestBuilder WithBody(Func<IBodyData?, bool> func) => Demand(request => func(request.BodyData));

    /// <inheritdoc />
    public IRequestBuilder WithBody(Func<IDictionary<string, string>?, bool> func) =>
        Demand(request => func(request.BodyData?.BodyAsFormUrlEncoded));

    private Request Using(MatchBehaviour behaviour, params string[] methods)
    {
        var wanted = behaviour == MatchBehaviour.AcceptOnMatch;
        _method = request => methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) == wanted;
        return this;
    }

    private Request Demand(Predicate<IRequestMessage> demand)
    {
        _demands.Add(demand);
        return this;
    }
}
