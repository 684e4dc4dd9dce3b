import Testing
@testable import MicroservicesMacros
