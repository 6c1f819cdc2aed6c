// `tollbook load`: many event streams at once through a proxy, for the benchmark. Hidden.

import Simulator

/// Loads a port on 127.0.0.1 and prints what came back as one JSON object.
///
/// - Returns: 0 when every stream came whole, else 1.
public func runLoad(arguments: [String]) -> Int32 {
    var configuration = StreamLoadConfiguration()
    var rest = arguments[...]
    while let option = rest.popFirst() {
        guard let value = rest.popFirst() else { return refuse("\(option) needs a value") }
        switch option {
        case "--port": configuration.port = UInt16(value) ?? 0
        case "--path": configuration.path = value
        case "--connections": configuration.connections = Int(value) ?? 1
        case "--rounds": configuration.rounds = Int(value) ?? 1
        case "--body": configuration.bodyBytes = Int(value) ?? 0
        case "--hints": configuration.hints = value
        default: return refuse("unknown option \(option)")
        }
    }
    let result = StreamLoad(configuration).run()
    let first = result.firstBytes.sorted()
    let median = first.isEmpty ? 0 : first[first.count / 2] / 1000
    let late = first.isEmpty ? 0 : first[first.count * 99 / 100] / 1000
    print(
        """
        {"streams":\(result.streams),"failures":\(result.failures),"events":\(result.events),\
        "bytes":\(result.bytes),"milliseconds":\(result.nanoseconds / 1_000_000),\
        "first_byte_us":{"p50":\(median),"p99":\(late)}}
        """)
    return result.failures == 0 ? 0 : 1
}

private func refuse(_ problem: String) -> Int32 {
    print("load: \(problem)")
    return 64
}
