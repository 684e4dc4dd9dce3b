// MicroservicesTests
