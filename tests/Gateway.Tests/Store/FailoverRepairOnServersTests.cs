namespace Gateway.Tests.Store;

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnRedisTests(SharedRedis server) : FailoverRepairTests(server), IClassFixture<SharedRedis>;

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnGarnetTests(SharedGarnet server) : FailoverRepairTests(server), IClassFixture<SharedGarnet>;

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnClusterTests(SharedCluster server) : FailoverRepairTests(server), IClassFixture<SharedCluster>;
