namespace Gateway.IntegrationTests.Observability;

/// <summary>Listeners of meters and activity sources see the whole process, so these tests run while no other gateway does.</summary>
[CollectionDefinition(nameof(ObservedGateway), DisableParallelization = true)]
public sealed class ObservedGatewayCollection;
