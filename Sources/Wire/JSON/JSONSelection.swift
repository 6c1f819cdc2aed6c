/// What a reader wants from a JSON document: a set of paths, each with what to do when it is met.
///
/// The scanner walks a compiled tree of these paths beside the document and keeps nothing else, so a
/// body of any size costs only what was asked for. A path is keys joined by dots; `[]` stands for
/// every element of an array, `*` for every member that no other path names, and a final `**` for
/// the value itself and everything below it. `choices[].delta.content` is every content of every
/// choice.
public struct JSONSelection: Sendable {
    /// What happens at a path. Slots are small numbers of the caller's choice.
    public enum Wish: Sendable {
        /// Keep the value, verbatim, as a ``JSONCapture``. Slots below ``slotLimit``.
        case keep(slot: Int)
        /// Add the length of each string value, in bytes after unescaping, to a counter.
        case measure(counter: Int)
        /// Count the values that are not `null` in a counter.
        case count(counter: Int)
        /// Nothing, except that `*` does not mean this member.
        case know
    }

    public static let slotLimit = 256
    /// Counters are few, so that they live inside the scanner.
    public static let counterLimit = 8
    /// Keys longer than this (bytes) match no path; keeps the key buffer small.
    static let keyLimit = 64
    static let nowhere: UInt16 = .max

    /// One point of the tree of paths; negative numbers mean "no such wish".
    struct Node: Sendable {
        var firstChild: UInt16 = 0
        var childCount: UInt16 = 0
        var anyMember = JSONSelection.nowhere
        var anyElement = JSONSelection.nowhere
        var keep: Int16 = -1
        var measure: Int8 = -1
        var count: Int8 = -1
        /// The bits of the children; see ``JSONSelection/sieveBit(_:_:)``.
        var sieve: UInt64 = 0
        /// Where the node's part of ``JSONSelection/ranks`` begins.
        var firstRank: UInt16 = 0
    }

    struct Child: Sendable {
        /// The first eight bytes of the key, little end first: most keys are told apart by one compare.
        var head: UInt64
        var keyStart: UInt16
        var keyLength: UInt16
        var node: UInt16
    }

    let nodes: [Node]
    /// Each node's children together, in the order of their bits.
    let children: [Child]
    /// For each bit that a node's children have, in ascending order: the first child with that bit.
    let ranks: [UInt16]
    /// The bytes of all keys, one after another.
    let keys: [UInt8]

    public init(_ wishes: [(path: String, wish: Wish)]) {
        var draft = PathTree()
        for (path, wish) in wishes { draft.insert(path, wish) }
        var compiled = Compiled()
        for point in draft.points { compiled.append(point) }
        nodes = compiled.nodes
        children = compiled.children
        ranks = compiled.ranks
        keys = compiled.keys
    }

    /// The bit of a key among the 64 of a node, from its first bytes and length; several keys may share one.
    @inline(__always)
    static func sieveBit(_ head: UInt64, _ length: Int) -> UInt64 {
        let mixed = (head &+ UInt64(truncatingIfNeeded: length)) &* 0x9e37_79b9_7f4a_7c15
        return 1 << (mixed >> 58)
    }

    static func head(_ key: some Collection<UInt8>) -> UInt64 {
        var head: UInt64 = 0
        for (index, byte) in key.prefix(8).enumerated() { head |= UInt64(byte) << UInt64(index * 8) }
        return head
    }
}

/// The tree of paths while it grows.
private struct PathTree {
    struct Point {
        var node = JSONSelection.Node()
        var children: [(key: [UInt8], point: Int)] = []
    }

    var points = [Point()]

    mutating func insert(_ path: String, _ wish: JSONSelection.Wish) {
        var at = 0
        for step in Self.steps(of: path) {
            switch step {
            case "[]": at = descend(at, \.anyElement)
            case "*": at = descend(at, \.anyMember)
            case "**":
                apply(wish, at)
                let below = descend(at, \.anyMember)
                points[at].node.anyElement = UInt16(below)
                // Everything below that point is the point again.
                points[below].node.anyMember = UInt16(below)
                points[below].node.anyElement = UInt16(below)
                at = below
            default: at = descend(at, key: step)
            }
        }
        apply(wish, at)
    }

    private mutating func apply(_ wish: JSONSelection.Wish, _ at: Int) {
        switch wish {
        case .keep(let slot):
            precondition((0..<JSONSelection.slotLimit).contains(slot), "slot of a table out of range")
            points[at].node.keep = Int16(slot)
        case .measure(let counter):
            precondition((0..<JSONSelection.counterLimit).contains(counter), "counter out of range")
            points[at].node.measure = Int8(counter)
        case .count(let counter):
            precondition((0..<JSONSelection.counterLimit).contains(counter), "counter out of range")
            points[at].node.count = Int8(counter)
        case .know: break
        }
    }

    private mutating func descend(_ at: Int, _ edge: WritableKeyPath<JSONSelection.Node, UInt16>) -> Int {
        if points[at].node[keyPath: edge] == JSONSelection.nowhere {
            points.append(Point())
            points[at].node[keyPath: edge] = UInt16(points.count - 1)
        }
        return Int(points[at].node[keyPath: edge])
    }

    private mutating func descend(_ at: Int, key: String) -> Int {
        let bytes = Array(key.utf8)
        precondition(bytes.count <= JSONSelection.keyLimit, "a table names keys of at most 64 bytes")
        if let child = points[at].children.first(where: { $0.key == bytes }) { return child.point }
        points.append(Point())
        precondition(points[at].children.count < 64, "a point of a table has at most 64 children")
        points[at].children.append((bytes, points.count - 1))
        return points.count - 1
    }

    /// `choices[].delta` is the steps `choices`, `[]`, `delta`.
    private static func steps(of path: String) -> [String] {
        var steps: [String] = []
        // By bytes: a program begins with some thousand paths, and walking characters is ten times as slow.
        for part in path.utf8.split(separator: UInt8(ascii: ".")) {
            var name = part
            var elements = 0
            while name.suffix(2).elementsEqual("[]".utf8) {
                name = name.dropLast(2)
                elements += 1
            }
            if !name.isEmpty { steps.append(String(Substring(name))) }
            for _ in 0..<elements { steps.append("[]") }
        }
        return steps
    }
}

/// The tree of paths as flat arrays.
private struct Compiled {
    var nodes: [JSONSelection.Node] = []
    var children: [JSONSelection.Child] = []
    var ranks: [UInt16] = []
    var keys: [UInt8] = []

    mutating func append(_ point: PathTree.Point) {
        var node = point.node
        node.firstChild = UInt16(children.count)
        node.childCount = UInt16(point.children.count)
        node.firstRank = UInt16(ranks.count)
        let sorted = point.children
            .map { (bit: JSONSelection.sieveBit(JSONSelection.head($0.key), $0.key.count), child: $0) }
            .sorted { $0.bit < $1.bit }
        for (bit, child) in sorted {
            if node.sieve & bit == 0 { ranks.append(UInt16(children.count)) }
            node.sieve |= bit
            children.append(
                JSONSelection.Child(
                    head: JSONSelection.head(child.key), keyStart: UInt16(keys.count),
                    keyLength: UInt16(child.key.count), node: UInt16(child.point)))
            keys.append(contentsOf: child.key)
        }
        nodes.append(node)
    }
}
