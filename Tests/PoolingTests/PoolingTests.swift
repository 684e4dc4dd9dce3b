// PoolingTests
