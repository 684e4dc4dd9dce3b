import MartletGateway

/// Lets in whoever says for which tenant they ask, at a gateway and at a service alike.
struct TenantGuard: Guard {
    /// Tenants that are let in.
    var allowed: Set<String>
    /// What the claims are called: `$tenant.id` in the route file.
    var claims = "tenant"

    func canActivate(_ context: ExecutionContext) async throws -> Bool {
        // A header of the request at the gateway, a member of the payload at the service.
        let tenant =
            if let http = context.switchToHTTP() { http.request.headers["x-tenant"] } else {
                context.payload?["tenant"]?.stringValue
            }
        guard let tenant, allowed.contains(tenant) else {
            throw RPCError(statusCode: 403, message: "Only known tenants may ask", error: "Forbidden")
        }
        context.claims[claims] = ["id": .string(tenant)]
        return true
    }
}
