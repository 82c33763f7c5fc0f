namespace Gateway.Tests.Store.Redis;

/// <summary>Tests that measure deadlines: alone, so that nothing but the server under test is slow.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TimedCollection
{
    public const string Name = "Timed";
}
