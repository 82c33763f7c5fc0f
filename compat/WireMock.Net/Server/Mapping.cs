using System.Globalization;
using WireMock.Matchers.Request;
using WireMock.ResponseBuilders;

namespace WireMock.Server;

/// <summary>One "given this, respond with that".</summary>
internal sealed class Mapping(IRequestMatcher request, MappingTable table) : IRespondWithAProvider
{
    public Guid Guid { get; private set; } = Guid.NewGuid();

    public string? Title { get; private set; }

    public int Priority { get; private set; }

    public string? Scenario { get; private set; }

    public string? State { get; private set; }

    public string? NextState { get; private set; }

    public int TimesInState { get; private set; } = 1;

    public IResponseBuilder? Response { get; private set; }

    /// <summary>A condition on the state counts as one demand more.</summary>
    public int Demands => request.Demands + (Scenario is null ? 0 : 1);

    public bool Accepts(IRequestMessage message) => request.Accepts(message);

    public IRespondWithAProvider WithGuid(Guid guid) => With(() => Guid = guid);

    public IRespondWithAProvider WithTitle(string title) => With(() => Title = title);

    public IRespondWithAProvider AtPriority(int priority) => With(() => Priority = priority);

    public IRespondWithAProvider InScenario(string scenario) => With(() => Scenario = scenario);

    public IRespondWithAProvider InScenario(int scenario) => InScenario(scenario.ToString(CultureInfo.InvariantCulture));

    public IRespondWithAProvider WhenStateIs(string state) => Scenario is null
        ? throw new NotSupportedException("A state needs a scenario: call InScenario first.")
        : With(() => State = state);

    public IRespondWithAProvider WhenStateIs(int state) => WhenStateIs(state.ToString(CultureInfo.InvariantCulture));

    public IRespondWithAProvider WillSetStateTo(string state, int? times = 1) => Scenario is null
        ? throw new NotSupportedException("A state needs a scenario: call InScenario first.")
        : With(() => (NextState, TimesInState) = (state, times ?? 1));

    public IRespondWithAProvider WillSetStateTo(int state, int? times = 1) =>
        WillSetStateTo(state.ToString(CultureInfo.InvariantCulture), times);

    public void RespondWith(IResponseBuilder provider)
    {
        Response = provider;
        table.Add(this);
    }

    private Mapping With(Action change)
    {
        change();
        return this;
    }
}
