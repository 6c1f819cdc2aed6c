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
public struct FieldBlock: Sendable {
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
    public func index(of name: some StringProtocol, from start: Int = 0) -> Int? {
        let wanted = name.utf8
        let length = wanted.count
        var index = start
        while index < slots.count {
            let slot = slots[index]
            if Int(slot.nameEnd &- slot.nameStart) == length {
                var at = Int(slot.nameStart)
                var same = true
                for letter in wanted {
                    if HTTPByte.lowercased(bytes[at]) != HTTPByte.lowercased(letter) {
                        same = false
                        break
                    }
                    at &+= 1
                }
                if same { return index }
            }
            index += 1
        }
        return nil
    }

    /// The value of the first field of that name; `nil` when there is none.
    public func value(of name: some StringProtocol) -> String? {
        index(of: name).map { value($0) }
    }

    /// How many fields of that name there are.
    public func occurrences(of name: some StringProtocol) -> Int {
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
        let wanted = name.bytes
        guard Int(slot.nameEnd &- slot.nameStart) == wanted.count else { return false }
        var offset = 0
        while offset < wanted.count {
            let here = bytes[Int(slot.nameStart) &+ offset]
            if HTTPByte.lowercased(here) != HTTPByte.lowercased(wanted[offset]) { return false }
            offset &+= 1
        }
        return true
    }
}
