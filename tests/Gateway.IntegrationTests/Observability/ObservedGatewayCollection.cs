namespace Gateway.IntegrationTests.Observability;

/// <summary>Meters and activity sources are heard by the whole process: these tests run while no other gateway does.</summary>
[CollectionDefinition(nameof(ObservedGateway), DisableParallelization = true)]
public sealed class ObservedGatewayCollection;
