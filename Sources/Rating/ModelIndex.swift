// From a model's name to the prices that name it, in one walk over the name's bytes: a tree of
// literal beginnings, where exact names end and where patterns wait with what follows their first star.
// The tree lies in flat arrays, because the walk is part of rating every record and must not count
// references at every byte.

final class ModelIndex: Sendable {
    /// Where a node's edges, exact names and patterns lie in the arrays below.
    private struct Node: Sendable {
        var edges: Range<Int32> = 0..<0
        /// Prices whose exact name ends here.
        var exact: Range<Int32> = 0..<0
        /// Prices whose pattern has its first star here.
        var patterns: Range<Int32> = 0..<0
    }

    private struct Edge: Sendable {
        let byte: UInt8
        let node: Int32
    }

    private struct Waiting: Sendable {
        let entry: Int32
        let rank: Int32
        /// Which of ``rests`` must follow; negative where the star is the pattern's end and anything may.
        let rest: Int32
    }

    private let nodes: [Node]
    private let edges: [Edge]
    private let exact: [Int32]
    private let patterns: [Waiting]
    /// Patterns from their first star on.
    private let rests: [[UInt8]]

    /// The tree while it grows.
    private struct Sprout {
        var edges: [(byte: UInt8, node: Int)] = []
        var exact: [Int32] = []
        var patterns: [Waiting] = []
    }

    init(_ names: [(pattern: ModelPattern, entry: Int32)]) {
        var tree = [Sprout()]
        var rests: [[UInt8]] = []
        for (pattern, entry) in names {
            var at = 0
            var star: Int?
            for (offset, byte) in pattern.bytes.enumerated() {
                if byte == ModelPattern.star {
                    star = offset
                    break
                }
                if let edge = tree[at].edges.first(where: { $0.byte == byte }) {
                    at = edge.node
                } else {
                    tree.append(Sprout())
                    tree[at].edges.append((byte, tree.count - 1))
                    at = tree.count - 1
                }
            }
            guard let star else {
                tree[at].exact.append(entry)
                continue
            }
            let rest = Array(pattern.bytes[star...])
            if rest.count > 1 { rests.append(rest) }
            let waiting = Waiting(
                entry: entry, rank: Int32(clamping: pattern.rank),
                rest: rest.count > 1 ? Int32(rests.count - 1) : -1)
            tree[at].patterns.append(waiting)
        }
        var nodes: [Node] = []
        var edges: [Edge] = []
        var exact: [Int32] = []
        var patterns: [Waiting] = []
        for sprout in tree {
            var node = Node()
            node.edges = Int32(edges.count)..<Int32(edges.count + sprout.edges.count)
            edges += sprout.edges.map { Edge(byte: $0.byte, node: Int32($0.node)) }
            node.exact = Int32(exact.count)..<Int32(exact.count + sprout.exact.count)
            exact += sprout.exact
            node.patterns = Int32(patterns.count)..<Int32(patterns.count + sprout.patterns.count)
            patterns += sprout.patterns
            nodes.append(node)
        }
        (self.nodes, self.edges, self.exact) = (nodes, edges, exact)
        (self.patterns, self.rests) = (patterns, rests)
    }

    /// Calls `visit` for every price that names the model, perhaps more than once for a price, with the
    /// rank of the name that matched: ``Int32/max`` for an exact one, else its literal bytes.
    func visit(_ model: String, _ visit: (_ entry: Int, _ rank: Int32) -> Void) {
        var model = model
        model.withUTF8 { bytes in
            nodes.withUnsafeBufferPointer { nodes in
                edges.withUnsafeBufferPointer { edges in
                    walk(bytes, nodes, edges, visit)
                }
            }
        }
    }

    private func walk(
        _ bytes: UnsafeBufferPointer<UInt8>, _ nodes: UnsafeBufferPointer<Node>,
        _ edges: UnsafeBufferPointer<Edge>, _ visit: (_ entry: Int, _ rank: Int32) -> Void
    ) {
        var at = 0
        var offset = 0
        while true {
            let node = nodes[at]
            for number in node.patterns {
                let waiting = patterns[Int(number)]
                let matches =
                    waiting.rest < 0
                    || ModelPattern.matches(rests[Int(waiting.rest)][...], Array(bytes[offset...])[...])
                if matches { visit(Int(waiting.entry), waiting.rank) }
            }
            guard offset < bytes.count else {
                for number in node.exact { visit(Int(exact[Int(number)]), .max) }
                return
            }
            let byte = bytes[offset]
            guard let edge = node.edges.first(where: { edges[Int($0)].byte == byte }) else { return }
            at = Int(edges[Int(edge)].node)
            offset += 1
        }
    }
}
