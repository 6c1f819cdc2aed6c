// From a provider's and a model's name to the prices that name the model, the best first: a tree of literal
// beginnings, in which each node knows what is left to try for a name that ends there and for one that goes
// on. The trees lie in flat arrays, because the walk is part of rating every record and must neither count
// references nor allocate. `ModelTree` grows them.

struct ModelIndex: Sendable {
    /// Where a node's text, edges and candidates lie in the arrays below.
    struct Node: Sendable {
        /// The bytes behind the edge's own, up to the next fork.
        var label: Range<Int32> = 0..<0
        var edges: Range<Int32> = 0..<0
        /// Prices to try for a name that ends here, and for one that goes on otherwise than any edge:
        /// patterns of all nodes on the way here are among them.
        var ending: Range<Int32> = 0..<0
        var beyond: Range<Int32> = 0..<0
        /// Patterns on the way here that must be tried one by one, because text follows their first star.
        var waiting: Range<Int32> = 0..<0
    }

    struct Edge: Sendable {
        let byte: UInt8
        let node: Int32
    }

    struct Candidate: Sendable {
        let entry: Int32
        /// ``Int32/max`` for an exact name, else the pattern's literal bytes.
        let rank: Int32
    }

    struct Waiting: Sendable {
        let candidate: Candidate
        /// The whole pattern.
        let pattern: [UInt8]
    }

    /// What a name leads to.
    struct Found {
        let candidates: Range<Int32>
        let waiting: Range<Int32>
    }

    var nodes: [Node] = []
    var edges: [Edge] = []
    var labels: [UInt8] = []
    var candidates: [Candidate] = []
    var waiting: [Waiting] = []

    /// - Parameter root: the node of a provider's tree.
    func find(_ name: UnsafeBufferPointer<UInt8>, from root: Int32) -> Found {
        let (nodes, edges, labels) = (nodes.span, edges.span, labels.span)
        var at = Int(root)
        var offset = 0
        walk: while true {
            guard offset < name.count else {
                return Found(candidates: nodes[at].ending, waiting: nodes[at].waiting)
            }
            let byte = name[offset]
            var next = -1
            var edge = Int(nodes[at].edges.lowerBound)
            let last = Int(nodes[at].edges.upperBound)
            while edge < last {
                if edges[edge].byte == byte {
                    next = Int(edges[edge].node)
                    break
                }
                edge += 1
            }
            guard next >= 0 else { break }
            offset += 1
            var label = Int(nodes[next].label.lowerBound)
            let end = Int(nodes[next].label.upperBound)
            guard end - label <= name.count - offset else { break }
            while label < end {
                guard labels[label] == name[offset] else { break walk }
                label += 1
                offset += 1
            }
            at = next
        }
        return Found(candidates: nodes[at].beyond, waiting: nodes[at].waiting)
    }

    func matches(_ number: Int32, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        ModelPattern.matches(waiting[Int(number)].pattern, name)
    }
}

/// A tree while it grows: one byte for each edge.
struct ModelTree {
    private struct Sprout {
        var edges: [(byte: UInt8, node: Int)] = []
        var exact: [Int32] = []
        var patterns: [Int32] = []
        var waiting: [ModelIndex.Waiting] = []

        var isPassage: Bool { edges.count == 1 && exact.isEmpty && patterns.isEmpty && waiting.isEmpty }
    }

    private var tree = [Sprout()]

    mutating func add(_ pattern: ModelPattern, entry: Int32) {
        let star = pattern.bytes.firstIndex(of: ModelPattern.star)
        let at = node(pattern.bytes[..<(star ?? pattern.bytes.count)])
        guard let star else { return tree[at].exact.append(entry) }
        guard star < pattern.bytes.count - 1 else { return tree[at].patterns.append(entry) }
        tree[at].waiting.append(
            ModelIndex.Waiting(
                candidate: .init(entry: entry, rank: Int32(clamping: pattern.rank)), pattern: pattern.bytes))
    }

    mutating func add(exactly name: String, entry: Int32) {
        let at = node(Array(name.utf8)[...])
        tree[at].exact.append(entry)
    }

    /// Where a text ends in the tree, which grows for it.
    private mutating func node(_ text: ArraySlice<UInt8>) -> Int {
        var at = 0
        for byte in text {
            if let edge = tree[at].edges.first(where: { $0.byte == byte }) {
                at = edge.node
            } else {
                tree.append(Sprout())
                tree[at].edges.append((byte, tree.count - 1))
                at = tree.count - 1
            }
        }
        return at
    }

    /// Adds the tree to an index, with passages made one edge.
    ///
    /// - Parameter conditions: how many an entry has; of equally exact names the most come first.
    /// - Returns: its root.
    func plant(in index: inout ModelIndex, conditions: (Int32) -> Int) -> Int32 {
        struct Work {
            let sprout: Int
            let node: Int
            let depth: Int
            var inherited: [ModelIndex.Candidate]
            var waiting: [ModelIndex.Waiting]
        }
        let root = index.nodes.count
        index.nodes.append(.init())
        var works = [Work(sprout: 0, node: root, depth: 0, inherited: [], waiting: [])]
        while let work = works.popLast() {
            let sprout = tree[work.sprout]
            func ordered(_ entries: [Int32], _ rank: Int32) -> [ModelIndex.Candidate] {
                entries.sorted { (-conditions($0), $0) < (-conditions($1), $1) }
                    .map { ModelIndex.Candidate(entry: $0, rank: rank) }
            }
            let exact = ordered(sprout.exact, .max)
            let beyond = ordered(sprout.patterns, Int32(clamping: work.depth)) + work.inherited
            let waiting = sprout.waiting + work.waiting
            // What ends here may be all that goes on, with what has exactly this name before it.
            let start = Int32(index.candidates.count)
            index.candidates += exact + beyond
            let end = Int32(index.candidates.count)
            index.nodes[work.node].ending = start..<end
            index.nodes[work.node].beyond = (start + Int32(exact.count))..<end
            index.nodes[work.node].waiting =
                Int32(index.waiting.count)..<Int32(index.waiting.count + waiting.count)
            index.waiting += waiting
            let first = index.edges.count
            for (byte, target) in sprout.edges {
                var target = target
                var depth = work.depth + 1
                let label = Int32(index.labels.count)
                while tree[target].isPassage {
                    index.labels.append(tree[target].edges[0].byte)
                    target = tree[target].edges[0].node
                    depth += 1
                }
                index.edges.append(.init(byte: byte, node: Int32(index.nodes.count)))
                works.append(
                    Work(
                        sprout: target, node: index.nodes.count, depth: depth, inherited: beyond,
                        waiting: waiting))
                index.nodes.append(.init(label: label..<Int32(index.labels.count)))
            }
            index.nodes[work.node].edges = Int32(first)..<Int32(index.edges.count)
        }
        return Int32(root)
    }
}
