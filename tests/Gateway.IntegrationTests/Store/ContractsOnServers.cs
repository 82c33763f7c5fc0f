namespace Gateway.IntegrationTests.Store;

[Collection(ServerCollection.Name)]
public sealed class OneTimeStoreOnRedisTests(SharedRedis server) : OneTimeStoreContract(server), IClassFixture<SharedRedis>;

[Collection(ServerCollection.Name)]
public sealed class OneTimeStoreOnClusterTests(SharedCluster server) : OneTimeStoreContract(server), IClassFixture<SharedCluster>;

[Collection(ServerCollection.Name)]
public sealed class DistributedCacheOnRedisTests(SharedRedis server) : DistributedCacheContract(server), IClassFixture<SharedRedis>;

[Collection(ServerCollection.Name)]
public sealed class DistributedCacheOnClusterTests(SharedCluster server) : DistributedCacheContract(server), IClassFixture<SharedCluster>;

[Collection(ServerCollection.Name)]
public sealed class KeyRotationOnRedisTests() : KeyRotationContract(new SharedRedis());

[Collection(ServerCollection.Name)]
public sealed class KeyRotationOnClusterTests() : KeyRotationContract(new SharedCluster());

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnRedisTests(SharedRedis server) : FailoverRepairContract(server), IClassFixture<SharedRedis>;

[Collection(ServerCollection.Name)]
public sealed class FailoverRepairOnClusterTests(SharedCluster server) : FailoverRepairContract(server), IClassFixture<SharedCluster>;
