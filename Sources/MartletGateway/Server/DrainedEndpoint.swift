/// An endpoint that an operator has taken out of service.
struct DrainedEndpoint: Hashable {
    var service: String
    var address: String
}
