// The text format of Prometheus, version 0.0.4: each metric is described once, then come its lines. What is
// outside bytes — names of tenants, models, budgets — is escaped, so that no name can make a line of its own.

struct MetricText {
    private(set) var bytes: [UInt8] = []
    private var name = ""

    enum Kind: String {
        case counter, gauge, histogram
    }

    static let prefix = "tollbook_"

    /// Begins a metric; its lines follow.
    ///
    /// - Parameters:
    ///   - name: without the prefix.
    ///   - help: one line without backslashes.
    mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.name = Self.prefix + name
        add("# HELP \(self.name) \(help)\n# TYPE \(self.name) \(kind.rawValue)\n")
    }

    mutating func line(_ value: Int64) { add("\(name) \(value)\n") }

    mutating func line(_ labels: [(name: String, value: String)], _ value: String, suffix: String = "") {
        line(Self.labels(labels).span, value, suffix: suffix)
    }

    /// - Parameter labels: as ``labels(_:)`` made them.
    mutating func line(_ labels: Span<UInt8>, _ value: String, suffix: String = "") {
        add(name)
        add(suffix)
        if !labels.isEmpty {
            add("{")
            labels.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
            add("}")
        }
        add(" ")
        add(value)
        add("\n")
    }

    /// A whole metric of one line.
    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int64) {
        begin(name, kind, help)
        line(value)
    }

    private mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// `a="1",b="2"`, the values escaped.
    static func labels(_ labels: [(name: String, value: String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in labels {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: [UInt8(ascii: "="), UInt8(ascii: "\"")])
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes.append(contentsOf: [0x5c, byte])
                case 0x0a: bytes.append(contentsOf: [0x5c, UInt8(ascii: "n")])
                default: bytes.append(byte)
                }
            }
            bytes.append(UInt8(ascii: "\""))
        }
        return bytes
    }
}
