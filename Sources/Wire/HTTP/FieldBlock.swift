// The header fields of one message: a copy of the head's bytes and, for each field line, where its name
// and value stand and what the relay does with it. The block is reused from message to message, so a
// busy connection allocates nothing for it. Order and repetition are kept as received.

/// What becomes of a field when the message is forwarded.
enum FieldRole: UInt8, Sendable {
    /// Forwarded as it stands.
    case endToEnd
    /// Meant for this connection only (RFC 9110 section 7.6.1), or listed in `Connection`: dropped.
    case hopByHop
    /// `Host`: written anew from the configuration.
    case host
    /// `Content-Length`: written anew from the validated number.
    case contentLength
}

struct FieldSlot: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
    var role: FieldRole

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

/// The header fields of a message in the order received, repeated ones kept.
public struct FieldBlock: ~Copyable, Sendable {
    /// The bytes of the head that the offsets refer to.
    public internal(set) var bytes: [UInt8] = []
    var slots: ContiguousArray<FieldSlot> = []

    init() {}

    /// Number of field lines.
    public var count: Int { slots.count }

    /// Where the name of a field stands in ``bytes``.
    public func nameRange(_ index: Int) -> Range<Int> { slots[index].name }

    /// Where the value of a field stands in ``bytes``, without blanks around it.
    public func valueRange(_ index: Int) -> Range<Int> { slots[index].value }

    /// Whether the field goes on to the other side.
    public func isEndToEnd(_ index: Int) -> Bool {
        slots[index].role != .hopByHop
    }

    /// The name of a field as spelled by the sender.
    public func name(_ index: Int) -> String { text(slots[index].name) }

    /// The value of a field; bytes that are not UTF-8 are replaced.
    public func value(_ index: Int) -> String { text(slots[index].value) }

    /// The index of the first field of that name from `start` on; names are compared without case.
    public func index(of name: String, from start: Int = 0) -> Int? {
        // Concrete and over raw bytes: a gateway asks for a dozen names of every message.
        var name = name
        return name.withUTF8 { index(spelling: $0, from: start) }
    }

    private func index(spelling wanted: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < slots.count {
            let slot = slots[index]
            if Int(slot.nameEnd &- slot.nameStart) == wanted.count, spells(slot, wanted) { return index }
            index &+= 1
        }
        return nil
    }

    /// The value of the first field of that name; `nil` when there is none.
    public func value(of name: String) -> String? {
        index(of: name).map { value($0) }
    }

    /// How many fields of that name there are.
    public func occurrences(of name: String) -> Int {
        var total = 0
        var next = index(of: name)
        while let found = next {
            total += 1
            next = index(of: name, from: found + 1)
        }
        return total
    }

    func text(_ range: Range<Int>) -> String {
        bytes.withUnsafeBufferPointer { String(decoding: $0[range], as: UTF8.self) }
    }

    func hasName(_ index: Int, _ name: FieldName) -> Bool {
        let slot = slots[index]
        guard Int(slot.nameEnd &- slot.nameStart) == name.bytes.count else { return false }
        return name.bytes.withUnsafeBufferPointer { spells(slot, $0) }
    }

    /// Whether a name of the same length is this one.
    private func spells(_ slot: FieldSlot, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        var at = Int(slot.nameStart)
        for letter in wanted {
            if HTTPByte.lowercased(bytes[at]) != HTTPByte.lowercased(letter) { return false }
            at &+= 1
        }
        return true
    }
}
