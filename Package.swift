// swift-tools-version: 6.2
import PackageDescription

// MARK: LibTorch

/// Folder of the LibTorch to build against: `LIBTORCH`, or the one that `make setup` links into the build folder.
let libtorch = Context.environment["LIBTORCH"] ?? "\(Context.packageDirectory)/.build/libtorch"

// MARK: Settings

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .treatAllWarnings(as: .error),  // SE-0480
]

/// The wrappers of C libraries also mark every unsafe expression (SE-0458).
let wrapper: [SwiftSetting] = strict + [.strictMemorySafety()]

// MARK: External products

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioFoundation: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")

// MARK: Targets

func room(
    _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
    settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func door(_ name: String, _ dependencies: [Target.Dependency], settings: [LinkerSetting] = []) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, swiftSettings: strict, linkerSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

/// Neutral ground: no tensor, no queue; any target may stand on it.
let ground: [Target] = [
    .systemLibrary(name: "CSPNG", providers: [.apt(["libspng-dev"])]),
    .systemLibrary(name: "CTurboJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CFreeType", pkgConfig: "freetype2", providers: [.apt(["libfreetype-dev"])]),
    room("Threads"),
    room("Failpoints"),
    room("Captions"),
    room("Images", ["CSPNG", "CTurboJPEG", "CFreeType"]),
    room("Alignment", ["Images"]),
    room("Telemetry", [log, coreMetrics]),
    room("Reporting"),
    room("FaceData", ["Captions", "Images"]),
    room("FaceCollections", ["FaceData", "Images", "Threads"]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    room("Tables"),
    room("Archives"),
]

let modelWing: [Target] = [
    .target(
        name: "CTorch",
        cxxSettings: [
            .unsafeFlags([
                // Own kernels are of no use without optimisation, also in a debug build.
                "-O2", "-isystem", "\(libtorch)/include", "-isystem",
                "\(libtorch)/include/torch/csrc/api/include",
            ])
        ],
        linkerSettings: [
            .unsafeFlags([
                "-L\(libtorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libtorch)/lib",
                "-ltorch", "-ltorch_cpu", "-lc10",
            ])
        ]),
    room("Torch", ["CTorch"], settings: wrapper),
    room("Layers", ["Torch"]),
    room("Checkpoints", ["Torch"]),
    room("Perception", ["Layers", "Torch"]),
    room("Baselines", ["Layers", "Torch"]),
    room("TediGAN", ["Perception", "Layers", "Torch", "Alignment", "Captions", "Images", crypto]),
    room("Importing", ["Checkpoints", "TediGAN", "Perception", "Baselines", "Layers", "Torch"]),
    room(
        "Training",
        [
            "TediGAN", "Perception", "Layers", "Torch", "FaceCollections", "FaceData", "Alignment", "Captions",
            "Images", crypto,
        ]),
    room("Evaluation", ["Training", "TediGAN", "Perception", "Torch", "FaceData", "Images"]),
    room(
        "Explanation",
        ["Evaluation", "Training", "TediGAN", "Torch", "FaceData", "Alignment", "Captions", "Images"]),
    room(
        "ModelBench", ["TediGAN", "Perception", "Layers", "Torch", "Reporting", arguments],
        resources: [.copy("Eager")]),
    room(
        "ModelCommands",
        [
            "Training", "Evaluation", "Explanation", "Importing", "Checkpoints", "TediGAN", "Perception", "Layers",
            "Torch", "FaceCollections", "FaceData", "Images", "Alignment", "Reporting", arguments,
        ]),
]

let queueWing: [Target] = [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    room("Jobs"),
    room("JobAPI"),
    room("Postgres", ["CLibPQ", "Threads", log], settings: wrapper),
    room("Redis", ["CHiredis", "Threads", log], settings: wrapper),
    room("JobStore", ["Postgres", "Jobs", "Telemetry", "Migrations", log, crypto]),
    .target(
        name: "Migrations", path: "Migrations", exclude: [],
        resources: [
            .embedInCode("V001_queue.sql"), .embedInCode("V002_lifecycle.sql"), .embedInCode("V003_cron.sql"),
            .embedInCode("V004_access.sql"), .embedInCode("V005_leases.sql"), .embedInCode("V006_uploads.sql"),
            .embedInCode("V007_kinds.sql"), .embedInCode("V008_safety.sql"),
        ],
        swiftSettings: strict),
    room("JobDispatch", ["Redis", "Jobs", "Telemetry", log]),
    .systemLibrary(name: "CSync"),
    room("Artifacts", ["CSync", "Failpoints", "Jobs", "Threads", crypto]),
    room(
        "Coordinator",
        [
            "JobStore", "JobDispatch", "JobAPI", "Jobs", "Artifacts", "Captions", "Failpoints", "Telemetry", "Postgres",
            "Redis", hummingbird, hummingbirdCore, nioCore, nioHTTP, httpTypes, lifecycle, unixSignals, configuration,
            log, metrics,
            arguments,
        ]),
    room("Client", ["JobAPI", httpClient, nioCore, nioFoundation, nioHTTP, crypto]),
    room(
        "Augmentation",
        [
            "Archives", "Captions", "Client", "CYAML", "FaceCollections", "FaceData", "Images", "JobAPI", "Tables",
            "Threads", crypto,
        ]),
    room("PrivateStack", ["Postgres", "Redis", "Threads", log]),
    room(
        "WorkerRuntime",
        [
            "JobDispatch", "Jobs", "JobAPI", "Client", "Artifacts", "Failpoints", "Images", "Redis", "Telemetry",
            "Threads", lifecycle,
            unixSignals, configuration, log, metrics, coreMetrics, arguments,
        ]),
    room("Drill", ["WorkerRuntime", "Jobs", "Artifacts", "Images", crypto, arguments]),
    room(
        "TediCommands",
        [
            "Augmentation", "Client", "FaceCollections", "JobAPI", "Jobs", "PrivateStack", "Images", "Reporting",
            "Tables",
            arguments, log,
        ]),
    room(
        "QueueBench",
        [
            "Client", "JobAPI", "Jobs", "JobDispatch", "Postgres", "Redis", "PrivateStack", "Reporting", "Threads",
            arguments, log,
        ]),
    room("SystemBench", ["JobAPI", "Reporting", arguments, unixSignals]),
]

let worker: [Target] = [
    room(
        "Worker",
        [
            "WorkerRuntime", "TediGAN", "Evaluation", "Torch", "Captions", "Images", "Jobs", "Artifacts", "Redis",
            arguments,
        ])
]

let executables: [Target] = [
    door("tedi", ["TediCommands"]),
    door("tedi-coordinator", ["Coordinator", arguments]),
    door("tedi-worker", ["Worker", arguments]),
    door("tedi-drill", ["Drill", arguments]),
    door("tedi-model", ["ModelCommands", arguments]),
    door("tedi-model-bench", ["ModelBench", arguments]),
    door("tedi-queue-bench", ["QueueBench", arguments]),
    door("tedi-system-bench", ["SystemBench", arguments]),
]

let testKit: [Target] = [
    room("TestServers", ["PrivateStack", "Postgres", "Redis", log]),
    room("LiveSystems", ["TestServers", "TediCommands", "JobDispatch", "Jobs", "Artifacts", "Redis", log]),
    room("Fuzzing"),
    // Hundreds of millions of numbers by hash: too slow without optimisation, also in a debug build.
    room("GoldenData", settings: strict + [.unsafeFlags(["-O"])]),
]

var testTargets: [Target] = [
    tests("CaptionsTests", ["Captions"]),
    tests("ImagesTests", ["Images"]),
    tests("AlignmentTests", ["Alignment", "Images"]),
    tests("TelemetryTests", ["Telemetry", coreMetrics, log]),
    tests("TorchTests", ["Torch"]),
    tests("LayersTests", ["Layers", "Torch"]),
    tests("TediGANTests", ["TediGAN", "Perception", "Layers", "Torch", "Captions", "FaceData"]),
    tests("CheckpointsTests", ["Checkpoints", "Torch", "Fuzzing"]),
    tests("PerceptionTests", ["Perception", "Layers", "Torch"]),
    tests(
        "ParityTests",
        [
            "GoldenData", "Importing", "TediGAN", "Perception", "Baselines", "Checkpoints", "Evaluation", "Layers",
            "Torch",
            "Captions",
        ]),
    tests(
        "ModelCommandsTests",
        [
            "ModelCommands", "Training", "Importing", "TediGAN", "Perception", "Layers", "Torch", "FaceCollections",
            "FaceData", "Captions", "Images", arguments,
        ]
    ),
    tests("FaceDataTests", ["FaceData", "Captions", "Images"]),
    tests("FaceCollectionsTests", ["FaceCollections", "FaceData", "Images"]),
    tests(
        "TrainingTests",
        [
            "Training", "Evaluation", "Explanation", "TediGAN", "Perception", "Layers", "Torch", "FaceCollections",
            "FaceData", "Alignment", "Captions", "Images",
        ]),
    tests("JobsTests", ["Jobs", "Fuzzing"]),
    tests("PostgresTests", ["Postgres", "PrivateStack", "TestServers", "Threads", log]),
    tests("RedisTests", ["Redis", "PrivateStack", "TestServers"]),
    tests("JobStoreTests", ["JobStore", "Jobs", "Migrations", "Postgres", "PrivateStack", "TestServers"]),
    tests(
        "JobDispatchTests",
        ["JobDispatch", "JobStore", "Jobs", "Postgres", "Redis", "PrivateStack", "TestServers", "Fuzzing"]),
    tests("ArtifactsTests", ["Artifacts", "Jobs"]),
    tests(
        "CoordinatorTests",
        [
            "Coordinator", "Client", "WorkerRuntime", "JobAPI", "JobStore", "JobDispatch", "Jobs", "Artifacts",
            "Postgres", "Redis", "PrivateStack", "Telemetry", "TestServers", "Fuzzing", arguments, configuration,
            httpClient, lifecycle, nioCore, nioHTTP, log, hummingbird, httpTypes,
        ]),
    tests(
        "TediCommandsTests",
        [
            "TediCommands", "Client", "JobAPI", "Jobs", "JobDispatch", "Artifacts", "Images", "Reporting", "Tables",
            "LiveSystems", "Fuzzing",
        ]),
    tests(
        "WorkerTests",
        [
            "Worker", "WorkerRuntime", "TediGAN", "FaceData", "Layers", "Torch", "Captions", "Images", "JobDispatch",
            "Jobs",
            "Artifacts", "Redis",
            "PrivateStack", "TestServers", configuration, arguments, log,
        ]),
    tests("ArchivesTests", ["Archives"]),
    tests(
        "AugmentationTests",
        [
            "Augmentation", "Archives", "Artifacts", "Captions", "FaceCollections", "FaceData", "Images", "JobDispatch",
            "Jobs", "LiveSystems",
        ]),
    tests("QueueBenchTests", ["QueueBench", "Reporting"]),
    tests("SystemBenchTests", ["Reporting", "SystemBench"]),
    tests("SystemTests", ["Images", "Postgres"]),
    tests(
        "AbuseTests",
        [
            "JobAPI", "JobStore", "Jobs", "Postgres", "TestServers",
        ]),
    tests(
        "FaultTests",
        [
            "Failpoints", "Client", "JobAPI", "Jobs", "Artifacts", "Images", "Postgres", "Redis", "PrivateStack",
            "TestServers", "Threads",
        ], resources: [.copy("Harness/clock.c"), .copy("Harness/network.py")]),
]

// `TEDI_TESTS=JobsTests,JobStoreTests swift test` builds just what these test targets need.
if let only = Context.environment["TEDI_TESTS"]?.split(separator: ",").map(String.init) {
    testTargets.removeAll { !only.contains($0.name) }
}

// MARK: Package

let package = Package(
    name: "Tedi",
    products: [
        .executable(name: "tedi", targets: ["tedi"]),
        .executable(name: "tedi-coordinator", targets: ["tedi-coordinator"]),
        .executable(name: "tedi-worker", targets: ["tedi-worker"]),
        .executable(name: "tedi-model", targets: ["tedi-model"]),
        .executable(name: "tedi-model-bench", targets: ["tedi-model-bench"]),
        .executable(name: "tedi-queue-bench", targets: ["tedi-queue-bench"]),
        .executable(name: "tedi-system-bench", targets: ["tedi-system-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: ground + modelWing + queueWing + worker + executables + testKit + testTargets,
    cxxLanguageStandard: .cxx20
)
