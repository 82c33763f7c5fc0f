namespace Gateway.Tests.Store;

[Collection(ServerCollection.Name)]
public sealed class OneTimeStoreOnGarnetTests(SharedGarnet server) : OneTimeStoreContract(server), IClassFixture<SharedGarnet>;

[Collection(ServerCollection.Name)]
public sealed class DistributedCacheOnGarnetTests(SharedGarnet server) : DistributedCacheContract(server), IClassFixture<SharedGarnet>;

[Collection(ServerCollection.Name)]
public sealed class KeyRotationOnGarnetTests() : KeyRotationContract(new SharedGarnet());

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnGarnetTests(SharedGarnet server) : FailoverRepairContract(server), IClassFixture<SharedGarnet>;
