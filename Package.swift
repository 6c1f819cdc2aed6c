// swift-tools-version: 6.2
// The targets in the order in which data flows. Each line of purpose says what belongs in the
// target; the compiler refuses every import that is not listed among its dependencies
// (`swift build --explicit-target-dependency-import-check error`).
import PackageDescription

/// Swift 6 mode, every warning an error, imports not re-exported, `any` spelled out.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Where each request passes: the dynamic checks of exclusive access, which every other build and all tests
/// make, are left out of the release build. They took a twentieth of the instructions of a call.
let hot: [SwiftSetting] =
    house + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// Code that every start of the program runs through, over megabytes of price files: without optimisation the
/// tests, which start it a few hundred times, would spend half their time there.
let atStart: [SwiftSetting] =
    house + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// `make release` says what it builds; see Sources/CEmbedded/build.c.
let told: [CSetting] = ["TOLLBOOK_COMMIT", "TOLLBOOK_SWIFT"].compactMap { name in
    Context.environment[name].map { .define(name, to: "\"\($0)\"") }
}

func tests(of name: String, _ dependencies: [Target.Dependency], resources: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, exclude: resources, swiftSettings: house)
}

let package = Package(
    name: "tollbook",
    products: [.executable(name: "tollbook", targets: ["tollbook"])],
    targets: [
        // Libraries of the system; `scripts/bootstrap` installs what is missing.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // Linux calls that Swift cannot import (variadics, macros, unions).
        .target(name: "CLinux"),
        // Searches in bytes, many at a time.
        .target(name: "CBytes"),
        // Files of this repository packed into the binary: migrations and price files.
        .target(name: "CEmbedded", cSettings: told),

        // Nouns as exact values: money, meters, usage records, periods. No policy.
        .target(name: "Terms", swiftSettings: atStart),
        // Bytes to values: HTTP heads and chunks, SSE, NDJSON, AWS event streams, JSON, content decoding.
        // Bounded, no I/O.
        .target(
            name: "Wire", dependencies: ["Terms", "CBytes", "CZlib", "CBrotli", "CZstd"], swiftSettings: hot),
        // One exchange to one usage record; each provider surface is a table in `Dialects/`.
        .target(name: "Mediation", dependencies: ["Wire", "Terms"], swiftSettings: hot),
        // Usage record times price book to charges.
        .target(name: "Rating", dependencies: ["Terms"], swiftSettings: atStart),
        // Entries, rollups and the questions asked of them, with a ledger in memory as specification.
        .target(name: "Bookkeeping", dependencies: ["Rating", "Terms"], swiftSettings: house),
        // Answers of the ledger to text, CSV, JSON and Markdown.
        .target(name: "Reporting", dependencies: ["Bookkeeping", "Rating", "Terms"], swiftSettings: house),

        // YAML text to a tree that remembers its lines (libyaml).
        .target(name: "Documents", dependencies: ["Terms", "CYAML"], swiftSettings: atStart),
        // Who may call: gateway keys, tokens, and what a sidecar knows of them (OpenSSL's digests).
        .target(name: "Access", dependencies: ["Documents", "Terms", "COpenSSL"], swiftSettings: hot),
        // The durable local journal: segments, checksums, group commit, recovery.
        .target(name: "Spool", dependencies: ["Terms", "CLinux"], swiftSettings: hot),
        // Owner types around libpq.
        .target(name: "Postgres", dependencies: ["CPQ"], swiftSettings: house),
        // The SQL: migrations, idempotent posting, queries.
        .target(
            name: "LedgerStore",
            dependencies: ["Postgres", "Bookkeeping", "Rating", "Terms", "CEmbedded"],
            swiftSettings: house),
        // Listen, forward, tap: one epoll loop per core, TLS, keep-alive pool.
        .target(name: "Relay", dependencies: ["Wire", "Terms", "CLinux", "COpenSSL"], swiftSettings: hot),
        // A provider for the demo, the tests and the benchmark: real shapes, invented content.
        .target(name: "Simulator", dependencies: ["Terms", "CLinux"], swiftSettings: house),

        // Composition root: configuration, commands, and the pipeline that joins the edges.
        .target(
            name: "Commands",
            dependencies: [
                "Terms", "Wire", "Mediation", "Rating", "Bookkeeping", "Reporting", "Documents", "Access",
                "Spool", "Postgres", "LedgerStore", "Relay", "Simulator", "CLinux", "CEmbedded", "CZlib",
            ],
            swiftSettings: hot),
        .executableTarget(name: "tollbook", dependencies: ["Commands"], swiftSettings: house),

        // Runs recorded exchanges through the program and compares what comes out, field by field.
        .executableTarget(
            name: "Conformance", dependencies: ["Mediation", "Wire", "Terms"], swiftSettings: house),

        // What the tap costs, per piece and per body.
        .executableTarget(
            name: "TapBench", dependencies: ["Mediation", "Wire", "Terms"], path: "Benchmarks/Tap",
            swiftSettings: house),

        // What posting costs beside plain COPY and upsert of the same rows.
        .executableTarget(
            name: "PostBench",
            dependencies: ["LedgerStore", "Postgres", "Bookkeeping", "Rating", "Documents", "Terms"],
            path: "Benchmarks/Posting", swiftSettings: house),

        // What rating one record costs, on recorded exchanges with all shipped prices.
        .executableTarget(
            name: "RateBench", dependencies: ["Commands", "Mediation", "Rating", "Terms"],
            path: "Benchmarks/Rating", swiftSettings: house),

        // What admission costs a call.
        .executableTarget(
            name: "AdmissionBench", dependencies: ["Commands", "Terms"], path: "Benchmarks/Admission",
            swiftSettings: house),

        tests(of: "Terms", ["Terms"]),
        // What the tests need to make bodies that the product only reads.
        .systemLibrary(
            name: "CBrotliEncoder", path: "Tests/CBrotliEncoder", pkgConfig: "libbrotlienc",
            providers: [.apt(["libbrotli-dev"])]),
        tests(of: "Wire", ["Wire", "CBytes", "Terms", "CZlib", "CBrotliEncoder", "CZstd"]),
        tests(of: "Mediation", ["Mediation", "Wire", "Terms", "CZlib"], resources: ["Fixtures"]),
        // Known traps of metering, from bytes to cost.
        tests(of: "Traps", ["Mediation", "Rating", "Documents", "Terms"]),
        tests(of: "Rating", ["Rating", "Documents", "Terms"], resources: ["Fixtures"]),
        tests(of: "Documents", ["Documents", "Terms"]),
        tests(of: "Access", ["Access", "Documents", "Terms", "COpenSSL"]),
        tests(of: "Bookkeeping", ["Bookkeeping", "Rating", "Terms"]),
        tests(of: "Reporting", ["Reporting", "Bookkeeping", "Rating", "Terms"]),
        tests(of: "Spool", ["Spool", "Terms", "CLinux"], resources: ["Fixtures"]),
        tests(
            of: "LedgerStore", ["LedgerStore", "Postgres", "Bookkeeping", "Rating", "Terms"],
            resources: ["Predecessor"]),
        tests(of: "Relay", ["Relay", "Wire", "Terms", "CLinux", "COpenSSL"]),
        tests(of: "Simulator", ["Simulator", "Mediation", "Rating", "Documents", "CLinux", "Terms"]),
        // The built program, from outside: commands, golden outputs, real sockets and databases.
        tests(
            of: "CommandLine",
            [
                "Commands", "Simulator", "LedgerStore", "Postgres", "Bookkeeping", "Rating", "Reporting",
                "Documents", "Access", "Relay", "Wire", "Terms", "CLinux",
            ],
            resources: ["Golden", "Errors", "Exchange/providers.py", "Exchange/recorded.py", "Exchange/Rows"]),
        // The built program under kill -9, outages, full disks and before odd upstreams.
        tests(
            of: "Crash",
            [
                "Commands", "Simulator", "Spool", "LedgerStore", "Postgres", "Bookkeeping", "Rating", "Terms",
                "CLinux", "CBrotliEncoder", "CZstd",
            ]),
        // The shape of the sources themselves.
        tests(of: "Tidy", []),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// The fuzz targets stand apart, so that nobody else waits for them: scripts/fuzz builds them.
if Context.environment["TOLLBOOK_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Commands", "Mediation", "Wire", "Spool", "Documents", "Access", "Rating", "Bookkeeping",
                "Terms",
            ],
            path: "Fuzz", swiftSettings: house))
}
