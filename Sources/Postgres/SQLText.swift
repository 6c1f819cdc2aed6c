// The text of a statement that is put together from pieces. Every piece is a `StaticString`, which nothing
// at run time can make, so that what two statements share is written once and still nothing from outside
// can become part of a statement.

/// A statement's text, made of literals alone. Make it once, as a `static let`.
public struct SQLText: Sendable {
    private enum Storage: Sendable {
        case literal(StaticString)
        /// With the terminating zero.
        case joined([UInt8])
    }
    private let storage: Storage

    public init(_ text: StaticString) { storage = .literal(text) }

    /// - Parameter parts: each on lines of its own.
    public init(joining parts: StaticString...) {
        var bytes: [UInt8] = []
        for part in parts {
            bytes.append(
                contentsOf: UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount))
            bytes.append(UInt8(ascii: "\n"))
        }
        bytes.append(0)
        storage = .joined(bytes)
    }

    func withC<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        switch storage {
        case .literal(let text):
            text.utf8Start.withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount, body)
        case .joined(let bytes):
            bytes.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
            }
        }
    }
}
