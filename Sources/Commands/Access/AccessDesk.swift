// What commands do with tenants and keys: look them up as people name them, check what is asked, and book
// each change with its row in the audit trail. `key`, `tenant` and `apply` all work here, so none of them
// can do what another would refuse.
import Access
import LedgerStore
import Mediation
import Terms

final class AccessDesk {
    let ledger: LedgerStore
    let now: Instant
    private let configuration: Configuration
    let actor: String
    private(set) var state: AccessState

    init(
        _ ledger: LedgerStore, _ configuration: Configuration, by actor: String, now: Instant
    ) throws(Failure) {
        self.ledger = ledger
        self.configuration = configuration
        self.now = now
        self.actor = actor
        state = try AccessDesk.asking { () throws(LedgerError) in try ledger.accessState() }
    }

    static func asking<Value>(_ body: () throws(LedgerError) -> Value) throws(Failure) -> Value {
        do throws(LedgerError) { return try body() } catch { throw Failure(error) }
    }

    /// Names of the peppers that keys in use were digested with.
    var peppersInUse: Set<String> {
        let live = Set(state.keys.filter { $0.state(at: now) == .active }.map(\.id))
        return Set(
            state.secrets.filter { secret in
                live.contains(secret.keyID) && (secret.expiresAt.map { now < $0 } ?? true)
            }.map(\.pepperID))
    }

    /// Why a budget of a tenant cannot be in this ledger; nil where it can.
    func problem(ofBudgetFor tenant: String?) -> Diagnosis? { BudgetPlace.problem(of: tenant, configuration) }

    /// Upstreams of a key that are not configured here; none where no upstream is, as on a machine that only
    /// administers.
    func strangers(among upstreams: [String]) -> [String] {
        let known = Set(configuration.upstreams.map(\.name))
        return known.isEmpty ? [] : upstreams.filter { !known.contains($0) }
    }

    func note(_ action: String, _ object: String, _ detail: (inout JSONWriter) -> Void) -> AuditNote {
        var json = JSONWriter()
        json.beginObject()
        detail(&json)
        json.endObject()
        return AuditNote(
            at: now, actor: actor, action: action, objectKind: String(action.prefix { $0 != "." }),
            object: object, detail: json.text)
    }

    /// The name under which a user is recorded; a pseudonym is its own.
    func pseudonym(of name: String, tenant: String) throws(Failure) -> String {
        if name.hasPrefix("u_"), name.utf8.count == 26 { return name }
        var peppers = Peppers()
        do throws(Diagnosis) { peppers = try KeyPepper.load(configuration.keys) } catch {
            throw Failure(.configuration, error)
        }
        guard configuration.hidesUsers, let pepper = peppers.current else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "user.plain", problem: "users are recorded as they are named",
                    effect: "records keep their names: nothing was forgotten",
                    remedy: "set privacy.user to hmac, with the pepper that the sidecars have"))
        }
        return pepper.pseudonym(of: name, tenant: tenant)
    }

    // MARK: Tenants

    func tenant(named name: String) throws(Failure) -> Tenant {
        guard let found = state.tenants.first(where: { $0.name == name }) else {
            let near =
                nearest(to: name, among: state.tenants.map(\.name)).map { "; did you mean \($0)?" } ?? ""
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: "tenant.unknown", problem: "no tenant is registered as '\(name)'\(near)",
                    effect: "nothing was done", remedy: "see `tollbook tenant list`"))
        }
        return found
    }

    /// Registers or changes a tenant.
    @discardableResult
    func store(_ tenant: Tenant, action: String) throws(Failure) -> Bool {
        if let problem = Self.problem(of: tenant) { throw Failure(.usage, problem) }
        let note = note(action, tenant.name) { json in
            json.field("currency", tenant.currency)
            json.field("timezone", tenant.timezone)
            json.field("cost_center", tenant.costCenter.isEmpty ? nil : tenant.costCenter)
            json.field("archived_at", tenant.archivedAt?.rfc3339)
        }
        let ledger = ledger
        let changed = try Self.asking { () throws(LedgerError) in try ledger.store(tenant, note: note) }
        state.tenants.removeAll { $0.name == tenant.name }
        state.tenants.append(tenant)
        return changed
    }

    /// Why a tenant cannot be stored; nil when it can.
    static func problem(of tenant: Tenant) -> Diagnosis? {
        func refuse(_ problem: String, _ remedy: String) -> Diagnosis {
            Diagnosis(
                code: "tenant.invalid", problem: problem, effect: "the tenant was not stored", remedy: remedy)
        }
        guard AttributionRules.name(tenant.name) == tenant.name,
            tenant.name != Attribution.unattributedTenant
        else {
            return refuse(
                "'\(tenant.name)' is no name for a tenant",
                "use 1 to \(AttributionRules.valueLimit) bytes without control characters, and not "
                    + "\(Attribution.unattributedTenant), which stands for nobody")
        }
        guard tenant.currency.utf8.count == 3, tenant.currency.utf8.allSatisfy({ (0x41...0x5a).contains($0) })
        else {
            return refuse("'\(tenant.currency)' is no currency", "use an ISO 4217 code such as USD or EUR")
        }
        guard ZoneFiles.rules(tenant.timezone) != nil else {
            return refuse(
                "'\(tenant.timezone)' is no time zone of this system",
                "use an IANA name such as Europe/Berlin, or UTC")
        }
        return nil
    }

    // MARK: Keys

    /// Finds a key by its id, its public prefix, or TENANT/NAME.
    func key(named text: String) throws(Failure) -> GatewayKey {
        let prefix = text.hasPrefix(KeyText.mark) ? String(text.dropFirst(3).prefix(8)) : text
        let owners = Set(state.secrets.filter { $0.prefix == prefix }.map(\.keyID))
        let found = state.keys.filter { key in
            key.id == text || owners.contains(key.id)
                || (!key.name.isEmpty && "\(key.tenant)/\(key.name)" == text)
        }
        guard found.count == 1, let key = found.first else {
            throw Failure(
                .couldNot,
                Diagnosis(
                    code: found.isEmpty ? "key.unknown" : "key.ambiguous",
                    problem: found.isEmpty
                        ? "there is no key '\(text.prefix(64))'"
                        : "'\(text.prefix(64))' stands for \(found.count) keys",
                    effect: "nothing was done",
                    remedy: "give a key's id, its prefix or TENANT/NAME; see `tollbook key list`"))
        }
        return key
    }

    /// Makes a key with its first secret. A tenant that nobody registered is registered.
    ///
    /// - Returns: the key as stored, with the secret that nobody will see again.
    func create(_ wanted: GatewayKey) throws(Failure) -> (key: GatewayKey, secret: String) {
        if let tenant = state.tenants.first(where: { $0.name == wanted.tenant }) {
            guard tenant.archivedAt == nil else {
                throw Failure(
                    .couldNot,
                    Diagnosis(
                        code: "tenant.archived", problem: "the tenant \(wanted.tenant) is archived",
                        effect: "no key was made for it",
                        remedy: "choose another tenant, or take it back with `tollbook tenant archive --undo`"
                    ))
            }
        } else {
            try store(Tenant(name: wanted.tenant, createdAt: now), action: "tenant.create")
        }
        if let problem = problem(of: wanted) { throw Failure(.usage, problem) }
        var key = wanted
        key.id = KeyText.id(random: Entropy.bytes(10))
        let (text, secret) = try makeSecret(for: key)
        try save(key, secret: secret, action: "key.create")
        return (key, text)
    }

    /// Gives a key a new secret.
    ///
    /// - Parameter overlap: seconds for which the old one goes on working.
    func rotate(_ key: GatewayKey, overlap: Int64) throws(Failure) -> String {
        let (text, secret) = try makeSecret(for: key)
        try save(key, secret: secret, endOthers: now.advanced(bySeconds: overlap), action: "key.rotate")
        return text
    }

    func save(
        _ key: GatewayKey, secret: KeySecret? = nil, endOthers: Instant? = nil, action: String
    ) throws(Failure) {
        let note = note(action, key.id) { json in
            json.field("tenant", key.tenant)
            json.field("name", key.name.isEmpty ? nil : key.name)
            json.field("user", key.user.isEmpty ? nil : key.user)
            json.strings("upstreams", key.upstreams)
            json.strings("models", key.models)
            json.key("labels")
            json.labels(key.labels)
            json.field("expires_at", key.expiresAt?.rfc3339)
            json.field("revoked_at", key.revokedAt?.rfc3339)
            if let secret { json.field("prefix", secret.prefix) }
        }
        let ledger = ledger
        try Self.asking { () throws(LedgerError) in
            try ledger.store(key, secret: secret, endOthers: endOthers, note: note)
        }
        state = try Self.asking { () throws(LedgerError) in try ledger.accessState() }
    }

    private func makeSecret(for key: GatewayKey) throws(Failure) -> (String, KeySecret) {
        let peppers: Peppers
        do throws(Diagnosis) {
            peppers = try KeyPepper.loadOrMake(configuration, inUse: peppersInUse)
        } catch {
            throw Failure(.configuration, error)
        }
        let text = KeyText.secret(random: Entropy.bytes(KeyText.randomBytes))
        guard let pepper = peppers.current, let prefix = KeyText.prefix(of: text) else {
            preconditionFailure("a pepper was loaded and a key was made")
        }
        return (
            text,
            KeySecret(
                tenant: key.tenant, keyID: key.id, prefix: prefix, pepperID: pepper.id,
                digest: pepper.digest(of: text.utf8), createdAt: now)
        )
    }

    /// Why a key cannot be stored; nil when it can.
    func problem(of key: GatewayKey) -> Diagnosis? {
        func refuse(_ problem: String, _ remedy: String) -> Diagnosis {
            Diagnosis(code: "key.invalid", problem: problem, effect: "the key was not stored", remedy: remedy)
        }
        for text in [key.user, key.name] where !text.isEmpty && AttributionRules.name(text) != text {
            return refuse(
                "'\(text.prefix(64))' is no name",
                "use at most \(AttributionRules.valueLimit) bytes without control characters")
        }
        let isTaken = state.keys.contains {
            !key.name.isEmpty && $0.tenant == key.tenant && $0.name == key.name && $0.revokedAt == nil
                && $0.id != key.id
        }
        if isTaken {
            return refuse(
                "\(key.tenant) has a key called '\(key.name)'", "choose another name, or rotate that one")
        }
        let fits = key.labels.allSatisfy {
            AttributionRules.name($0.key, limit: AttributionRules.labelKeyLimit) == $0.key
                && AttributionRules.name($0.value) == $0.value
        }
        guard fits, key.labels.count <= AttributionRules.labelLimit,
            Set(key.labels.map(\.key)).count == key.labels.count
        else {
            return refuse(
                "the labels are not of the form that records have",
                "give at most \(AttributionRules.labelLimit), each key once, keys of at most "
                    + "\(AttributionRules.labelKeyLimit) bytes and values of at most "
                    + "\(AttributionRules.valueLimit)")
        }
        if let end = key.expiresAt, end <= now, key.id.isEmpty {
            return refuse("the key would expire at \(end.rfc3339), which is past", "give a later time")
        }
        return nil
    }
}

extension JSONWriter {
    mutating func strings(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }
}
