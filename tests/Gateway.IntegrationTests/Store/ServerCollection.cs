namespace Gateway.IntegrationTests.Store;

/// <summary>Tests with a server of their own, and with deadlines of a second: one after the other, so that they are not slow because of each other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ServerCollection
{
    public const string Name = "Store servers";
}
