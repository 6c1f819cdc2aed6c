// Where requests go that were seen before: route, target and surface of the last few hundred distinct
// request lines, so that the same call made again costs one comparison. One cache per loop, no lock.
import Mediation
import Wire

/// What is the same for every request with the same method and target.
final class CallSite {
    /// Index into the configured upstreams.
    let index: Int
    let upstream: SidecarUpstream
    /// Path and query as the upstream sees them.
    let target: [UInt8]
    let surface: Surface

    init(index: Int, upstream: SidecarUpstream, target: String, method: String) {
        self.index = index
        self.upstream = upstream
        self.target = Array(target.utf8)
        surface = Surface(
            ExchangeOpening(
                method: method, path: target, host: upstream.host, provider: upstream.provider,
                dialect: upstream.dialect))
    }
}

/// A small table of call sites, found by the bytes of the request line.
struct CallSites {
    /// Sites kept; a newer one takes the place of one with the same slot. Gateways see few distinct paths.
    private static let slots = 256
    /// Longer targets are worked out anew each time (bytes).
    private static let targetLimit = 512

    private struct Entry {
        let line: [UInt8]
        let site: CallSite
    }

    private var entries = [Entry?](repeating: nil, count: CallSites.slots)

    /// The site of a request whose target has no query: queries may carry secrets and are not kept.
    ///
    /// - Parameter make: works the site out; `nil` when the path leads nowhere.
    mutating func site(of head: RequestHead, make: () -> CallSite?) -> CallSite? {
        let line = head.methodRange.lowerBound..<head.pathRange.upperBound
        guard line.count <= Self.targetLimit, let slot = Self.slot(head.fields.bytes, line) else {
            return make()
        }
        if let entry = entries[slot], Self.same(entry.line, head.fields.bytes, line) { return entry.site }
        guard let site = make() else { return nil }
        entries[slot] = Entry(line: Array(head.fields.bytes[line]), site: site)
        return site
    }

    /// FNV-1a over the line; `nil` when it has a query.
    private static func slot(_ bytes: [UInt8], _ line: Range<Int>) -> Int? {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for at in line {
            if bytes[at] == UInt8(ascii: "?") { return nil }
            hash = (hash ^ UInt64(bytes[at])) &* 0x0000_0100_0000_01b3
        }
        return Int(hash >> 32) & (slots - 1)
    }

    private static func same(_ known: [UInt8], _ bytes: [UInt8], _ line: Range<Int>) -> Bool {
        guard known.count == line.count else { return false }
        for offset in 0..<known.count where known[offset] != bytes[line.lowerBound + offset] { return false }
        return true
    }
}
