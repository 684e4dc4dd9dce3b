// Pooling
