// Users under other names (`privacy.user: hmac`): records never hold the name itself. Whom a pseudonym
// stands for goes into a table of its own, from where `tollbook user forget` takes it; what waits for that
// table is bounded, and beyond the bound a name is simply not noted, because no amount depends on it.
import Access
import LedgerStore
import Synchronization
import Terms

final class Pseudonyms: Sendable {
    /// Names that wait to be noted.
    private static let waitingLimit = 10_000

    private let pepper: Pepper
    private let waiting = Mutex<[NotedPseudonym]>([])

    init(_ pepper: Pepper) { self.pepper = pepper }

    /// - Returns: nil where users are recorded as they are named.
    static func load(_ configuration: Configuration) throws(Failure) -> Pseudonyms? {
        guard configuration.hidesUsers else { return nil }
        do throws(Diagnosis) {
            // Without keys nothing says which pepper is right: the first sidecar makes it, like a first key.
            guard let pepper = try KeyPepper.loadOrMake(configuration, inUse: []).current else { return nil }
            return Pseudonyms(pepper)
        } catch {
            throw Failure(.configuration, error)
        }
    }

    /// The name for a record; the first time it is also kept to be noted.
    func name(_ user: String, tenant: String) -> String {
        let made = pepper.pseudonym(of: user, tenant: tenant)
        waiting.withLock { waiting in
            if waiting.count < Self.waitingLimit {
                waiting.append(NotedPseudonym(tenant: tenant, pseudonym: made, user: user))
            }
        }
        return made
    }

    /// What is to be noted; it comes back with ``giveBack(_:)`` when that fails.
    func take() -> [NotedPseudonym] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }

    func giveBack(_ names: [NotedPseudonym]) {
        waiting.withLock { waiting in
            if waiting.count + names.count <= Self.waitingLimit { waiting += names }
        }
    }
}
