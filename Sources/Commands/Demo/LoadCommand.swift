// `tollbook load`: many event streams at once through a proxy, for the benchmark. Hidden.

import Simulator
import Terms

struct LoadCommand: Command {
    static let help = Help(
        "load", "read many event streams at once through a proxy on 127.0.0.1",
        details: "Prints what came back as one JSON object; exit 1 when a stream did not come whole.",
        options: [
            OptionHelp("--port", "PORT", "the proxy's port"),
            OptionHelp("--path", "PATH", "what to ask for", fallback: "/v1/chat/completions"),
            OptionHelp("--connections", "COUNT", "connections at the same time", fallback: "1"),
            OptionHelp("--rounds", "COUNT", "streams of each connection, one after another", fallback: "1"),
            OptionHelp("--body", "BYTES", "size of each request's body", fallback: "2048"),
            OptionHelp("--hints", "NAME=VALUE,...", "what the simulated provider is asked for"),
        ],
        examples: [
            .init(
                "tollbook load --port 4141 --path /openai/v1/chat/completions --connections 64 "
                    + "--hints frames=250,pace=20000", "64 streams of 50 events a second, for 5 seconds")
        ])

    private let configuration: StreamLoadConfiguration

    init(_ arguments: Arguments) throws(UsageError) {
        var configuration = StreamLoadConfiguration()
        guard
            let port = try arguments.value("--port", expected: "a port", { UInt16($0) })
        else { throw .missingOperand("--port") }
        configuration.port = port
        configuration.path = arguments.value("--path") ?? configuration.path
        configuration.hints = arguments.value("--hints") ?? ""
        configuration.connections = try Self.count("--connections", 1...16_000, arguments) ?? 1
        configuration.rounds = try Self.count("--rounds", 1...1_000_000, arguments) ?? 1
        configuration.bodyBytes = try Self.count("--body", 0...16_000_000, arguments) ?? 2048
        self.configuration = configuration
    }

    private static func count(
        _ name: String, _ range: ClosedRange<Int>, _ arguments: Arguments
    ) throws(UsageError) -> Int? {
        try arguments.value(name, expected: "a number from \(range.lowerBound) to \(range.upperBound)") {
            text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func run(in world: World) throws(Failure) -> ExitCode {
        let result = StreamLoad(configuration).run()
        let first = result.firstBytes.sorted()
        let median = first.isEmpty ? 0 : first[first.count / 2] / 1000
        let late = first.isEmpty ? 0 : first[first.count * 99 / 100] / 1000
        world.out.write(
            """
            {"streams":\(result.streams),"failures":\(result.failures),"events":\(result.events),\
            "bytes":\(result.bytes),"milliseconds":\(result.nanoseconds / 1_000_000),\
            "first_byte_us":{"p50":\(median),"p99":\(late)}}

            """)
        return result.failures == 0 ? .done : .couldNot
    }
}
