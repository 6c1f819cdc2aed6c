// Fields that look like usage and that no table names: a provider has begun to report something new.
// Found in the kept raw usage, after the fact and off the path of the bytes; the numbers of the record do
// not change, and `renormalize` can read the same objects again once a table knows the field.

import Wire

/// Finds fields of usage objects that a dialect's table does not name.
public struct UnknownFields: Sendable {
    /// Depth of objects inside a usage object that are looked into.
    private static let depth = 6
    /// Bytes of a field's path; a longer one is cut.
    private static let pathLimit = 96
    /// Fields told of one exchange.
    private static let fieldLimit = 32

    private let known: Set<String>
    private let labels: Set<String>

    public init(_ dialect: Dialect) {
        var known: Set<String> = []
        let roots = dialect.fields.filter {
            switch $0.role {
            case .usage, .side: true
            default: false
            }
        }
        for field in dialect.fields {
            if case .looseCell = field.role { known.insert(field.path) }
            for root in roots where field.path.hasPrefix(root.path + ".") {
                Self.add(String(field.path.dropFirst(root.path.count + 1)), to: &known)
            }
        }
        self.known = known
        labels = Set(roots.compactMap(\.label))
    }

    /// A path and everything on the way to it.
    private static func add(_ path: String, to known: inout Set<String>) {
        known.insert(path)
        for (index, character) in zip(path.indices, path) where character == "." || character == "[" {
            known.insert(String(path[..<index]))
        }
    }

    /// The paths of counts above zero that the table does not name.
    ///
    /// - Parameter rawUsage: as the record keeps it: one object, or a list of them, some in a wrapper
    ///   that names where they stood.
    public func paths(in rawUsage: String) -> [String] {
        var found: [String] = []
        let bytes = Array(rawUsage.utf8)
        switch bytes.first {
        case UInt8(ascii: "{"): walk(bytes[...], "", 0, &found)
        case UInt8(ascii: "["):
            for element in Self.elements(bytes) { walk(element, "", 0, &found) }
        default: break
        }
        return found
    }

    private func walk(_ object: ArraySlice<UInt8>, _ prefix: String, _ depth: Int, _ found: inout [String]) {
        guard depth < Self.depth else { return }
        for (key, value) in JSONMembers(object) {
            if depth == 0, labels.contains(key), value.first == UInt8(ascii: "{") {
                walk(value, "", 1, &found)
                continue
            }
            let path = prefix + key
            switch value.first {
            case UInt8(ascii: "{"): walk(value, path + ".", depth + 1, &found)
            case UInt8(ascii: "["):
                for element in Self.elements(Array(value)) where element.first == UInt8(ascii: "{") {
                    walk(element, path + "[].", depth + 1, &found)
                }
            case .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
                guard !known.contains(path), !isRedundant(path), Self.isAboveZero(value),
                    found.count < Self.fieldLimit
                else { continue }
                let shown = String(path.prefix(Self.pathLimit))
                if !found.contains(shown) { found.append(shown) }
            default: break
            }
        }
    }

    /// Counts that only repeat or divide others, in every spelling met so far: they cost nothing more.
    private func isRedundant(_ path: String) -> Bool {
        let name = path.split(whereSeparator: { $0 == "." || $0 == "]" }).last ?? ""
        // xAI: the last turn alone, within the counts around it.
        if path.hasPrefix("context_details.") { return true }
        return Self.redundant.contains(String(name)) || Self.measures.contains { name.hasSuffix($0) }
    }

    private static let redundant: Set<String> = [
        "text_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens", "total_tokens", "total",
        // Hits and misses are the prompt; llama.cpp's timings repeat the counts.
        "prompt_cache_miss_tokens", "prompt_n", "predicted_n", "cache_n",
        "num_sources_used", "queue_time", "total_time", "prompt_time", "completion_time", "cost",
    ]
    /// Durations, rates and prices are no counts.
    private static let measures = [
        "_time", "_time_sec", "_duration", "_per_second", "_per_sec", "_ms", "_cost", "_price", "_latency",
    ]

    private static func isAboveZero(_ number: ArraySlice<UInt8>) -> Bool {
        number.prefix { $0 | 0x20 != UInt8(ascii: "e") }.contains { $0 > UInt8(ascii: "0") && $0 <= 0x39 }
    }

    private static let each = JSONSelection([("[]", .keep(slot: 0))])

    private static func elements(_ list: [UInt8]) -> [ArraySlice<UInt8>] {
        let scanner = JSONScanner(each)
        _ = scanner.feed(list.span, from: 0, to: list.count)
        guard scanner.status == .complete else { return [] }
        return scanner.captures.map { scanner.bytes(of: $0) }
    }

    /// A number that is the same for raw usage of the same shape: same fields in the same order, zero where
    /// zero was. Almost all answers of a model have one of a few shapes.
    public static func shape(of rawUsage: String, dialect: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in dialect.utf8 { hash = mixed(hash, UInt64(byte)) }
        var raw = rawUsage
        return raw.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var at = 0
            while at < bytes.count {
                // Names, eight bytes at a time, each stretch between two numbers from its beginning on.
                while at &+ 8 <= bytes.count {
                    let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    guard !holdsDigit(word) else { break }
                    hash = mixed(hash, word)
                    at &+= 8
                }
                while at < bytes.count, bytes[at] &- UInt8(ascii: "0") >= 10 {
                    hash = mixed(hash, UInt64(bytes[at]))
                    at &+= 1
                }
                var isAboveZero = false
                while at < bytes.count, bytes[at] &- UInt8(ascii: "0") < 10 {
                    isAboveZero = isAboveZero || bytes[at] != UInt8(ascii: "0")
                    at &+= 1
                }
                hash = mixed(hash, isAboveZero ? 1 : 0)
            }
            return hash
        }
    }

    @inline(__always)
    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
        return product ^ (product >> 32)
    }

    /// Whether one of eight bytes is a digit; may be wrong in saying so.
    @inline(__always)
    private static func holdsDigit(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Digits become 0 to 9, and a byte below 10 borrows from its highest bit.
        let moved = word ^ (ones &* 0x30)
        return (moved &- ones &* 10) & ~moved & (ones &* 0x80) != 0
    }
}
