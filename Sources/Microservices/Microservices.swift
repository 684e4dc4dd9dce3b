// Microservices
