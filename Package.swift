// swift-tools-version: 6.2

import CompilerPluginSupport
import PackageDescription

/// `MARTLET_FUZZ=<folder of Tests/Fuzz>` (set by `Tests/Fuzz/run`) instruments our targets for libFuzzer and adds the product
/// `Fuzz`. No other product can be linked then.
let fuzzed = Context.environment["MARTLET_FUZZ"]

/// What every target of ours is compiled with. `MARTLET_STRICT=1` (set in CI) turns warnings into errors;
/// it is a setting of our targets, not a global flag, because dependencies are compiled with warnings suppressed.
let settings: [SwiftSetting] =
    [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]
    + (Context.environment["MARTLET_STRICT"] == "1" ? [.treatAllWarnings(as: .error)] : [])
    + (fuzzed != nil ? [.unsafeFlags(["-sanitize=fuzzer,address"])] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

func syntax(_ names: String...) -> [Target.Dependency] {
    names.map { .product(name: $0, package: "swift-syntax") }
}

/// `MARTLET_MACRO_TESTS=1` (set by `make test-macros`) adds the tests of the macros' expansions. A test target that depends on a
/// macro makes SwiftPM build all tests, and everything below them, a second time for the host, and no longer wait for the executables
/// that tests import.
let macroTests = Context.environment["MARTLET_MACRO_TESTS"] == "1"
let macroTestTarget = tests(
    "MicroservicesMacrosTests",
    ["MicroservicesMacros"]
        + syntax(
            "SwiftSyntax", "SwiftSyntaxMacros", "SwiftSyntaxMacroExpansion", "SwiftSyntaxMacrosGenericTestSupport"))

func fuzzTarget(_ folder: String) -> Target {
    .executableTarget(
        name: "Fuzz", dependencies: ["HTTPWire", "MessageWire", "Pipeline", "Routing", nioCore], path: "Tests/Fuzz",
        exclude: ["run", "seeds"], sources: ["\(folder)/\(folder)Fuzz.swift", "Driver.swift"], swiftSettings: settings,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

let package = Package(
    name: "martlet",
    products: [
        .library(name: "Microservices", targets: ["Microservices"]),
        .library(name: "MicroservicesCore", targets: ["MicroservicesCore"]),
        .library(name: "MicroservicesTesting", targets: ["MicroservicesTesting"]),
        .library(name: "MartletGateway", targets: ["MartletGateway"]),
        .executable(name: "martlet", targets: ["martlet"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: [.defaults, "Reloading"]),
        .package(url: "https://github.com/swiftlang/swift-syntax", from: "603.0.1"),
    ],
    targets: [
        // C libraries, as Debian's -dev packages.
        .systemLibrary(name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlienc", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CCURL", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        // Keeps 34 MB of ICU's data, which nothing uses, out of the static release binary.
        .target(name: "CICUData"),
        // The system's own, that Swift does not see.
        .target(name: "CProcess"),
        // Pure targets: bytes and `now` in, events and actions out. No socket, file, clock, task or logger.
        library("HTTPWire", ["CNGHTTP2", nioCore]),
        library("MessageWire", [nioCore]),
        library("Pooling"),
        library("Pipeline", ["MessageWire"]),
        library("JSONSchema", ["MessageWire", "CPCRE2"]),
        library("Routing", ["MessageWire", "Pipeline", "JSONSchema", nioCore, yams]),
        library("Tokens", ["MessageWire", jwtKit]),
        // The only sockets.
        library("NetworkIO", ["COpenSSL", "CProcess", nioCore, nioPosix, logging]),
        // Public libraries.
        .macro(
            name: "MicroservicesMacros",
            dependencies: syntax(
                "SwiftSyntax", "SwiftSyntaxBuilder", "SwiftSyntaxMacros", "SwiftDiagnostics", "SwiftCompilerPlugin"),
            swiftSettings: settings),
        library(
            "MicroservicesCore",
            [
                "MessageWire", "Pipeline", "Pooling", "NetworkIO", nioCore, nioPosix, logging, tracing, lifecycle,
                configuration,
            ]),
        // The core with its macros, which need swift-syntax; the gateway goes without them.
        library("Microservices", ["MicroservicesCore", "MicroservicesMacros", "Pipeline"]),
        library("MicroservicesTesting", ["MicroservicesCore", "NetworkIO", nioCore, nioPosix]),
        library(
            "MartletGateway",
            [
                "HTTPWire", "MessageWire", "Pooling", "Pipeline", "JSONSchema", "Routing", "NetworkIO",
                "MicroservicesCore",
                "Tokens", "CProcess", "CZlib", "CBrotli", "CCURL", nioCore, nioPosix, logging, metrics, tracing,
                lifecycle,
            ]),
        .executableTarget(
            name: "martlet",
            dependencies: [
                "MartletGateway", "MicroservicesCore", "Routing", "NetworkIO", "MessageWire", "CICUData", "CProcess",
                argumentParser, logging, tracing, lifecycle, unixSignals, nioCore, nioPosix,
            ],
            swiftSettings: settings),
        // A whole service in thirty lines, and that of the tutorial: `swift run MathService`, `swift run OrderService`.
        .executableTarget(name: "MathService", dependencies: ["Microservices"], swiftSettings: settings),
        .executableTarget(name: "OrderService", dependencies: ["Microservices"], swiftSettings: settings),
        // The example that the tests run; it is a package of its own for whoever copies it.
        .executableTarget(
            name: "CustomEnhancers", dependencies: ["MartletGateway", "Microservices"],
            path: "docs/examples/custom-enhancers/Sources/CustomEnhancers", swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["CNGHTTP2", "MessageWire", "Pipeline", nioCore, nioPosix],
            path: "Tests/TestSupport",
            swiftSettings: settings),
        tests("HTTPWireTests", ["HTTPWire", nioCore]),
        tests("MessageWireTests", ["MessageWire", nioCore]),
        tests("PoolingTests", ["Pooling"]),
        tests(
            "PipelineTests",
            ["Pipeline", "Microservices", "MessageWire", "NetworkIO", nioCore, nioPosix, logging, lifecycle]),
        tests("JSONSchemaTests", ["JSONSchema", "MessageWire"]),
        tests("TokensTests", ["Tokens", "MessageWire", jwtKit]),
        tests("NetworkIOTests", ["NetworkIO", nioCore, nioEmbedded, nioPosix]),
        tests("RoutingTests", ["Routing", "Pipeline", "JSONSchema", "MessageWire", nioCore]),
        tests(
            "MicroservicesTests",
            [
                "Microservices", "MicroservicesCore", "MicroservicesTesting", "MathService", "OrderService",
                "MessageWire",
                "NetworkIO", nioCore, nioPosix, logging,
                lifecycle, unixSignals, configuration,
            ]),
        tests(
            "IntegrationTests",
            [
                "martlet", "CustomEnhancers", "CProcess", "MartletGateway", "Microservices", "MicroservicesCore",
                "Routing",
                "Pipeline", "MessageWire",
                "Tokens", "NetworkIO", nioCore, nioPosix, logging, metrics, tracing, lifecycle, unixSignals, jwtKit,
                configuration,
            ]),
    ] + (fuzzed.map { [fuzzTarget($0)] } ?? []) + (macroTests ? [macroTestTarget] : [])
)
