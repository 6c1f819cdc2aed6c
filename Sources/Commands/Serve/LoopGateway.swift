// The gateway of one loop: decides where a request goes and makes the object that watches it. It lives on
// its loop's thread and needs no lock.
import Mediation
import Relay
import Spool
import Synchronization
import Terms
import Wire

final class LoopGateway: Gateway {
    let sidecar: Sidecar
    /// Carries the spool's word back to this loop.
    let completion: LoopCompletion
    private let admin: AdminPages
    /// Random bits are drawn in blocks: a system call for each id would cost more than the rest of it.
    private var randomness = RandomBits()
    private var fingerprints: [String: String] = [:]
    private var sites = CallSites()
    private var memo = CallMemo()
    private var lastPeer: (address: String, trusted: Bool)?
    var access: LoopAccess
    /// Scanners of ended exchanges, for the next ones: each is six stretches of memory.
    var scanners: [JSONScanner] = []
    /// Scanners kept. Reached: further ones are freed.
    private static let scannerLimit = 64
    /// Credentials remembered per loop; reached: all are forgotten and computed anew.
    private static let fingerprintLimit = 256

    init(sidecar: Sidecar, admin: AdminPages, inbox: LoopInbox) {
        self.sidecar = sidecar
        self.admin = admin
        access = LoopAccess(sidecar.access, sidecar.callers)
        completion = LoopCompletion(inbox)
    }

    func accept(_ head: RequestHead, peer: Peer) -> Acceptance {
        if peer.listener >= sidecar.adminListener { return .answer(admin.answer(head)) }
        let now = Clock.now()
        guard let call = facts(of: head, peer, at: now) else {
            return selfService(head, trusted: trusts(peer)) ?? .answer(unknownUpstream(head.path))
        }
        return .forward(
            ForwardPlan(
                upstream: call.site.index, target: call.site.target,
                holdBody: call.wantsBody ? sidecar.inspectBody : 0,
                exchange: TappedExchange(gateway: self, call: call, at: now)))
    }

    func refused(_ reason: HTTPRefusal, head: RequestHead?, peer: Peer) -> LocalResponse? {
        sidecar.counters.refused.add(1, ordering: .relaxed)
        sidecar.refusedCodes.count("relay.\(reason.rawValue)")
        let now = Clock.now()
        guard let head, peer.listener < sidecar.adminListener, let call = facts(of: head, peer, at: now)
        else { return nil }
        // A well-formed request that this proxy cannot carry (WebSocket, CONNECT) is a refused call.
        TappedExchange(gateway: self, call: call, at: now).recordRefusal(status: reason.status)
        return nil
    }

    /// - Returns: nil when the path is one of this proxy's own, or leads nowhere.
    private func facts(of head: RequestHead, _ peer: Peer, at instant: Instant) -> CallFacts? {
        if access.refresh() { memo.forget() }
        let trusted = trusts(peer)
        return memo.facts(of: head, trusted: trusted, at: instant) {
            guard !head.pathBegins("/tollbook/"), let site = site(of: head) else { return nil }
            return CallFacts(head, site: site, trusted: trusted, gateway: self, at: instant)
        }
    }

    private func site(of head: RequestHead) -> CallSite? {
        sites.site(of: head) {
            guard
                let route = UpstreamRoute(
                    target: head.path, names: sidecar.names, prefixes: sidecar.prefixes,
                    fallback: sidecar.fallback)
            else { return nil }
            let upstream = sidecar.upstreams[route.upstream]
            let own = upstream.passesCredential
            let target = QueryKeys.removed(
                from: own ? route.target : UpstreamRoute.removingKey(from: route.target))
            return CallSite(index: route.upstream, upstream: upstream, target: target, method: head.method)
        }
    }

    /// The fingerprint of a caller's own credential. Computing one costs as much as the rest of a small
    /// request, so the last ones are remembered, as long as the process lives and nowhere else.
    func fingerprint(of credential: String) -> String {
        if let known = fingerprints[credential] { return known }
        if fingerprints.count >= Self.fingerprintLimit { fingerprints.removeAll(keepingCapacity: true) }
        let made = sidecar.fingerprint.text(of: credential)
        fingerprints[credential] = made
        return made
    }

    func keep(_ scanner: JSONScanner?) {
        guard let scanner, scanner.isSmall, scanners.count < Self.scannerLimit else { return }
        scanners.append(scanner)
    }

    func mintID(at instant: Instant) -> RecordID {
        RecordID(at: instant, random: (randomness.next(), randomness.next()))
    }

    private func trusts(_ peer: Peer) -> Bool {
        // Callers come from few addresses; the last one's answer is usually the next one's.
        if let lastPeer, lastPeer.address == peer.address { return lastPeer.trusted }
        let trusted = sidecar.trusted.trusts(peer.address.isEmpty ? nil : Network.bytes(of: peer.address))
        lastPeer = (peer.address, trusted)
        return trusted
    }

    private func unknownUpstream(_ path: String) -> LocalResponse {
        sidecar.counters.refused.add(1, ordering: .relaxed)
        sidecar.refusedCodes.count("upstream.unknown")
        let known = sidecar.names.sorted().joined(separator: ", ")
        let segment = path.dropFirst().prefix { $0 != "/" && $0 != "?" }
        return LocalError(
            404,
            Diagnosis(
                code: "upstream.unknown",
                problem: "no upstream is called \"\(segment.prefix(64))\"; there are: \(known)",
                effect: "The call was not sent",
                remedy:
                    "begin the path with an upstream's name, such as /\(sidecar.names.first ?? "openai")/…")
        ).response(dialect: "openai")
    }
}

/// Hands the spool's word to the loop that waits for it.
final class LoopCompletion: SpoolCompletion {
    private let inbox: LoopInbox

    init(_ inbox: LoopInbox) { self.inbox = inbox }

    func spooled(_ tokens: [UInt64], durable: Bool) { inbox.settle(tokens, durable ? .durable : .failed) }
}

extension LocalError {
    func response(dialect: String) -> LocalResponse {
        var all = [HeaderField("content-type", "application/json")!]
        for field in fields {
            if let name = FieldName(field.name), let made = HeaderField(name, field.value) {
                all.append(made)
            }
        }
        if dialect.hasPrefix("bedrock"), !fields.contains(where: { $0.name == "x-amzn-errortype" }) {
            all.append(HeaderField("x-amzn-errortype", Self.awsType(of: status))!)
        }
        return LocalResponse(status: status, fields: all, body: body(dialect: dialect))
    }
}
