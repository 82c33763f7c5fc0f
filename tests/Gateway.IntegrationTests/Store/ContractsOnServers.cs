namespace Gateway.IntegrationTests.Store;

public sealed class OneTimeStoreOnRedisTests(SharedRedis server) : OneTimeStoreContract(server), IClassFixture<SharedRedis>;

public sealed class OneTimeStoreOnClusterTests(SharedCluster server) : OneTimeStoreContract(server), IClassFixture<SharedCluster>;

public sealed class DistributedCacheOnRedisTests(SharedRedis server) : DistributedCacheContract(server), IClassFixture<SharedRedis>;

public sealed class DistributedCacheOnClusterTests(SharedCluster server) : DistributedCacheContract(server), IClassFixture<SharedCluster>;

public sealed class KeyRotationOnRedisTests() : KeyRotationContract(new SharedRedis());

public sealed class KeyRotationOnClusterTests() : KeyRotationContract(new SharedCluster());

public sealed class FailoverRepairOnRedisTests(SharedRedis server) : FailoverRepairContract(server), IClassFixture<SharedRedis>;

public sealed class FailoverRepairOnClusterTests(SharedCluster server) : FailoverRepairContract(server), IClassFixture<SharedCluster>;
