// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "custom-enhancers",
    dependencies: [
        // Outside the repository: .package(url: "<where you have martlet from>", from: "<its version>")
        .package(name: "martlet", path: "../../..")
    ],
    targets: [
        .executableTarget(
            name: "CustomEnhancers",
            dependencies: [
                .product(name: "MartletGateway", package: "martlet"),
                .product(name: "Microservices", package: "martlet"),
            ])
    ])
