namespace Gateway.Tests.Store;

public sealed class OneTimeStoreOnGarnetTests(SharedGarnet server) : OneTimeStoreContract(server), IClassFixture<SharedGarnet>;

public sealed class DistributedCacheOnGarnetTests(SharedGarnet server) : DistributedCacheContract(server), IClassFixture<SharedGarnet>;

public sealed class KeyRotationOnGarnetTests() : KeyRotationContract(new SharedGarnet());

public sealed class FailoverRepairOnGarnetTests(SharedGarnet server) : FailoverRepairContract(server), IClassFixture<SharedGarnet>;
