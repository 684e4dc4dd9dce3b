// NetworkIO
