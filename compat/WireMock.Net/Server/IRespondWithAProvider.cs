using WireMock.ResponseBuilders;

namespace WireMock.Server;

/// <summary>Says when a mapping applies. It applies from <see cref="RespondWith"/> on.</summary>
public interface IRespondWithAProvider
{
    /// <summary>Of the mapping; a mapping that has it already is replaced.</summary>
    Guid Guid { get; }

    /// <summary>Names the mapping in the log.</summary>
    IRespondWithAProvider WithGuid(Guid guid);

    /// <summary>Names the mapping in the log.</summary>
    IRespondWithAProvider WithTitle(string title);

    /// <summary>The lowest number answers first. Default 0; of equal ones the more demanding, then the younger mapping answers.</summary>
    IRespondWithAProvider AtPriority(int priority);

    /// <summary>Makes the mapping a step of a scenario.</summary>
    IRespondWithAProvider InScenario(string scenario);

    /// <summary>Makes the mapping a step of a scenario.</summary>
    IRespondWithAProvider InScenario(int scenario);

    /// <summary>Answers in this state only. Without it: at the scenario's start only.</summary>
    IRespondWithAProvider WhenStateIs(string state);

    /// <summary>Answers in this state only.</summary>
    IRespondWithAProvider WhenStateIs(int state);

    /// <summary>The state after the answer, or after as many answers. Without it the scenario is back at its start.</summary>
    IRespondWithAProvider WillSetStateTo(string state, int? times = 1);

    /// <summary>The state after the answer, or after as many answers.</summary>
    IRespondWithAProvider WillSetStateTo(int state, int? times = 1);

    /// <summary>What to answer.</summary>
    void RespondWith(IResponseBuilder provider);
}
