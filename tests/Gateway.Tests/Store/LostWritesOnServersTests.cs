namespace Gateway.Tests.Store;

[Collection(ServerCollection.Name)]
public sealed class LostWritesOnRedisTests(SharedRedis server) : LostWritesTests(server), IClassFixture<SharedRedis>;

[Collection(ServerCollection.Name)]
public sealed class LostWritesOnGarnetTests(SharedGarnet server) : LostWritesTests(server), IClassFixture<SharedGarnet>;

[Collection(ServerCollection.Name)]
public sealed class LostWritesOnClusterTests(SharedCluster server) : LostWritesTests(server), IClassFixture<SharedCluster>;
