// swift-tools-version: 6.1
import PackageDescription

// The house: every arrow points downward. `Tests/ArchitectureTests` holds the imports under `Sources`
// against the same table, because Swift does not reject an import of an undeclared sibling.
let package = Package(
  name: "OptimalDepth",
  products: [
    .executable(name: "depth", targets: ["depth"]),
    .library(
      name: "OptimalDepth",
      targets: [
        "DepthRuns", "DepthFigures", "DepthNumerics", "DepthDynamics", "DepthStopping",
        "DepthNetworks", "DepthTheory",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    // 0: C, behind one module map and one shim header each
    .systemLibrary(name: "CSundials"),
    .systemLibrary(name: "CGSL"),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CNetCDF", pkgConfig: "netcdf", providers: [.apt(["libnetcdf-dev", "libhdf5-dev"])]),
    .target(name: "CVectorMath"),
    .target(name: "CRandom"),
    .target(name: "CImages", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg")]),

    // 1-7
    .target(
      name: "DepthRuns",
      dependencies: ["CZip", "CCrypto", "CZlib", "CNetCDF", "TOMLKit", .product(name: "GRDB", package: "GRDB.swift")]),
    .target(name: "DepthFigures", dependencies: ["DepthRuns"]),
    .target(
      name: "DepthNumerics",
      dependencies: ["DepthRuns", "CGSL", "COpenBLAS", "CVectorMath", "CRandom"]),
    .target(name: "DepthDynamics", dependencies: ["DepthRuns", "DepthNumerics", "CSundials"]),
    .target(name: "DepthStopping", dependencies: ["DepthRuns", "DepthNumerics", "DepthDynamics"]),
    .target(
      name: "DepthNetworks",
      dependencies: ["CImages", "DepthRuns", "DepthNumerics", "DepthDynamics", "DepthStopping"],
      exclude: ["Resources/README.md"],
      resources: [.copy("Resources/digits.csv")]),
    .target(
      name: "DepthTheory",
      dependencies: ["DepthRuns", "DepthNumerics", "DepthDynamics", "DepthStopping"]),
    .target(
      name: "DepthExperiments",
      dependencies: [
        "DepthRuns", "DepthFigures", "DepthNumerics", "DepthDynamics", "DepthStopping", "DepthNetworks",
        "DepthTheory",
      ]),
    .executableTarget(
      name: "depth",
      dependencies: [
        "DepthRuns", "DepthFigures", "DepthDynamics", "DepthStopping", "DepthNetworks", "DepthTheory",
        "DepthExperiments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "ArchitectureTests"),
    .testTarget(name: "DepthRunsTests", dependencies: ["DepthRuns"]),
    .testTarget(name: "DepthFiguresTests", dependencies: ["DepthFigures", "DepthRuns"]),
    .testTarget(name: "DepthNumericsTests", dependencies: ["DepthNumerics"]),
    .testTarget(name: "DepthDynamicsTests", dependencies: ["DepthDynamics", "DepthNumerics"]),
    .testTarget(
      name: "DepthStoppingTests", dependencies: ["DepthStopping", "DepthDynamics", "DepthNumerics"]),
    .testTarget(
      name: "DepthNetworksTests",
      dependencies: ["DepthNetworks", "DepthStopping", "DepthDynamics", "DepthNumerics", "DepthRuns"]),
    .testTarget(
      name: "DepthTheoryTests", dependencies: ["DepthTheory", "DepthStopping", "DepthNumerics"]),
    .testTarget(
      name: "DepthExperimentsTests", dependencies: ["DepthExperiments", "DepthRuns", "DepthTheory"]),
    .testTarget(name: "CommandTests", dependencies: ["depth", "DepthRuns"]),
  ]
)
