// From a model's name to the prices that name it, in one walk over the name's bytes: a tree of
// literal beginnings, where exact names end and where patterns wait with what follows their first star.

struct ModelIndex: Sendable {
    private struct Node: Sendable {
        var edges: [(byte: UInt8, node: Int32)] = []
        /// Prices whose exact name ends here.
        var exact: [Int32] = []
        /// Prices whose pattern has its first star here.
        var patterns: [Waiting] = []
    }

    private struct Waiting: Sendable {
        let entry: Int32
        let rank: Int32
        /// The pattern from its first star on.
        let rest: [UInt8]
        /// The star is the pattern's end: it matches whatever follows.
        let open: Bool
    }

    private var nodes = [Node()]

    mutating func insert(_ pattern: ModelPattern, entry: Int32) {
        var at = 0
        for (offset, byte) in pattern.bytes.enumerated() {
            if byte == ModelPattern.star {
                let rest = Array(pattern.bytes[offset...])
                let waiting = Waiting(
                    entry: entry, rank: Int32(clamping: pattern.rank), rest: rest, open: rest.count == 1)
                nodes[at].patterns.append(waiting)
                return
            }
            at = child(of: at, byte)
        }
        nodes[at].exact.append(entry)
    }

    private mutating func child(of node: Int, _ byte: UInt8) -> Int {
        for edge in nodes[node].edges where edge.byte == byte { return Int(edge.node) }
        nodes.append(Node())
        nodes[node].edges.append((byte, Int32(nodes.count - 1)))
        return nodes.count - 1
    }

    /// Calls `visit` for every price that names the model, perhaps more than once for a price, with the
    /// rank of the name that matched: ``Int32/max`` for an exact one, else its literal bytes.
    func visit(_ model: String, _ visit: (_ entry: Int, _ rank: Int32) -> Void) {
        var model = model
        model.withUTF8 { bytes in
            var at = 0
            var offset = 0
            while true {
                for waiting in nodes[at].patterns {
                    let matches =
                        waiting.open || ModelPattern.matches(waiting.rest[...], Array(bytes[offset...])[...])
                    if matches { visit(Int(waiting.entry), waiting.rank) }
                }
                guard offset < bytes.count else { break }
                var next: Int32?
                for edge in nodes[at].edges where edge.byte == bytes[offset] {
                    next = edge.node
                    break
                }
                guard let next else { return }
                at = Int(next)
                offset += 1
            }
            for entry in nodes[at].exact { visit(Int(entry), .max) }
        }
    }
}
