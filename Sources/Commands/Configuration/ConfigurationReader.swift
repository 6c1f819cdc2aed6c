// From gathered settings to the typed configuration: values by kind, paths relative to the file that
// names them, then what no single value shows: duplicates, contradictions, missing halves.
import Bookkeeping
import Terms

struct ConfigurationReader {
    var problems: [ConfigurationProblem]
    private var values: [[String]: SettingValue] = [:]
    private(set) var settings: [Setting] = []
    private let names: [String]

    private let secretFiles: Set<String>

    init(_ layers: ConfigurationLayers) {
        problems = layers.problems
        secretFiles = layers.secretFiles
        let upstreams = layers.settings.keys.filter { $0.count == 3 && $0[0] == "upstreams" }.map { $0[1] }
        names = Set(upstreams).sorted()
        for key in ConfigurationTable.keys {
            let places = key.path.contains("*") ? names.map { [$0] } : [[]]
            for name in places {
                let levels = key.levels.map { $0 == "*" ? name[0] : String($0) }
                let standard = key.standard.map {
                    Setting(key: key, levels: levels, raw: .one($0), origin: .standard)
                }
                guard let setting = layers.settings[levels] ?? standard else { continue }
                read(Self.placed(setting))
            }
        }
    }

    /// Paths that a file names are relative to its directory.
    private static func placed(_ setting: Setting) -> Setting {
        guard case .file(let file, _) = setting.origin else { return setting }
        func place(_ text: String) -> String {
            switch setting.key.kind {
            case .path, .list(.path): Paths.resolve(text, besides: file)
            case .address, .optionalAddress, .list(.address):
                text.hasPrefix("unix:") && text != "unix:"
                    ? "unix:" + Paths.resolve(String(text.dropFirst(5)), besides: file) : text
            default: text
            }
        }
        let raw: RawSetting =
            switch setting.raw {
            case .one(let text): .one(place(text))
            case .many(let texts): .many(texts.map(place))
            case .pairs: setting.raw
            }
        return Setting(
            key: setting.key, levels: setting.levels, raw: raw, origin: setting.origin,
            isFromFile: setting.isFromFile, isExpanded: setting.isExpanded)
    }

    private mutating func read(_ setting: Setting) {
        settings.append(setting)
        do throws(ValueProblem) {
            switch (setting.raw, setting.key.kind) {
            case (.one(let text), let kind): values[setting.levels] = try kind.read(text)
            case (.many(let texts), .callers): values[setting.levels] = .callers(try TrustedCallers(texts))
            case (.many(let texts), .list(let kind)):
                var items: [SettingValue] = []
                for text in texts { items.append(try kind.read(text)) }
                values[setting.levels] = .list(items)
            case (.pairs(let pairs), .map): values[setting.levels] = .map(pairs)
            default: throw ValueProblem(words: "has the wrong shape")
            }
        } catch {
            // The text of a secret is not repeated.
            let words = setting.isSecret ? "is not valid" : error.words
            problems.append(.value(setting.path, words: words, setting.origin))
        }
    }

    // MARK: Values by type. What is missing here was noted as a problem before.

    func value(_ path: String) -> SettingValue? {
        values[path.split(separator: ".").map(String.init)]
    }

    func text(_ path: String) -> String? {
        if case .text(let text)? = value(path) { text } else { nil }
    }

    func number(_ path: String) -> Int64 {
        if case .number(let number)? = value(path) { number } else { 0 }
    }

    func isGiven(_ path: String) -> Bool {
        settings.contains { $0.path == path && $0.origin != .standard }
    }

    func flag(_ path: String) -> Bool {
        if case .flag(let flag)? = value(path) { flag } else { false }
    }

    private func addresses(_ path: String) -> [ListenAddress] {
        switch value(path) {
        case .list(let items)?:
            items.compactMap { if case .address(let address) = $0 { address } else { nil } }
        case .address(let address)?: [address].compactMap(\.self)
        default: []
        }
    }

    // MARK: Whole

    /// - Returns: nil when there are problems.
    mutating func configuration(file: String?, warnings: [String]) -> Configuration? {
        let upstreams = upstreams()
        let tls = tls()
        let listen = addresses("listen")
        let callers = callers()
        checkAddresses(listen)
        if let name = text("default_upstream"), !names.contains(name) {
            let near = nearest(to: name, among: names).map { "; did you mean `\($0)`?" } ?? ""
            problems.append(.contradiction("`default_upstream` is `\(name)`, which is no upstream\(near)"))
        }
        if isGiven("limits.inspect_body"), number("limits.inspect_body") > number("limits.request_body") {
            problems.append(.contradiction("`limits.inspect_body` is larger than `limits.request_body`"))
        }
        if text("seal.key") != nil, text("seal.key_file") != nil {
            problems.append(.contradiction("`seal` has both `key` and `key_file`"))
        }
        if let allowance = text("budgets.allowance"), BudgetAmount(allowance) == nil {
            problems.append(.contradiction("`budgets.allowance` is `\(allowance)`, which is no amount"))
        }
        let alerts = alerts()
        checkToken()
        for (tenant, text) in tenantDatabases() where !DatabaseSetting.isConninfo(text) {
            problems.append(
                .contradiction("`tenant_databases.\(tenant)` must be postgresql://… or key=value pairs"))
        }
        guard problems.isEmpty, case .database(let database)? = value("database"),
            let data = text("data_dir"), let attribution = attribution(),
            let durability = text("durability").flatMap(Configuration.Durability.init),
            let level = text("log.level").flatMap(Configuration.LogLevel.init), let spool = spool()
        else { return nil }
        let threads = number("threads")
        let seal = Configuration.Seal(key: text("seal.key"), keyFile: text("seal.key_file"))
        return Configuration(
            file: file, listen: listen, tls: tls, admin: addresses("admin").first, database: database,
            replica: text("replica"), tenantDatabases: tenantDatabases(),
            dataDirectory: data, durability: durability, threads: threads == 0 ? nil : Int(threads),
            drainTimeoutMilliseconds: Int(number("drain_timeout")), logLevel: level,
            defaultUpstream: text("default_upstream"), upstreams: upstreams, attribution: attribution,
            keys: keys(dataDirectory: data), callers: callers,
            hidesUsers: text("privacy.user") == "hmac", prices: prices(), limits: limits(),
            spool: spool, seal: seal, budgets: budgets(), alerts: alerts, process: process(),
            warnings: warnings, settings: settings, secretFiles: secretFiles.sorted())
    }

    private func tenantDatabases() -> [String: String] {
        if case .map(let map)? = value("tenant_databases") { map } else { [:] }
    }

    private mutating func upstreams() -> [UpstreamSetting] {
        var found: [UpstreamSetting] = []
        for name in names {
            let at = "upstreams.\(name)"
            func field(_ key: String) -> SettingValue? { values[["upstreams", name, key]] }
            func word(_ key: String) -> String? {
                if case .text(let text)? = field(key) { text } else { nil }
            }
            guard case .url(let url)? = field("url") else {
                let given = settings.contains { $0.levels == ["upstreams", name, "url"] }
                if !given { problems.append(.contradiction("`\(at)` has no `url`")) }
                continue
            }
            if word("ca_file") != nil, !url.isTLS {
                problems.append(.contradiction("`\(at).ca_file` needs a `url` that begins with https://"))
            }
            var headers: [String: String] = [:]
            if case .map(let map)? = field("headers") { headers = map }
            for header in headers.keys.sorted() where !Self.isToken(header) {
                problems.append(
                    .contradiction("`\(at).headers` has `\(header)`, which names no header field"))
            }
            for (header, text) in headers where !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) {
                problems.append(.contradiction("`\(at).headers.\(header)` has a control character"))
            }
            var includeUsage = true
            if case .flag(let flag)? = field("include_usage") { includeUsage = flag }
            if let key = word("api_key"), !key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
                problems.append(.contradiction("`\(at).api_key` has a blank or a character that no key has"))
            }
            found.append(
                UpstreamSetting(
                    name: name, url: url, apiKey: word("api_key"), provider: word("provider"),
                    dialect: word("dialect"), includeUsage: includeUsage,
                    unpriced: word("unpriced").flatMap(AdmissionPolicy.Unpriced.init),
                    authorities: word("ca_file"),
                    allowedAddresses: addresses(allowedBy: field("allow_addresses")),
                    headers: headers))
        }
        return found
    }

    private func addresses(allowedBy value: SettingValue?) -> TrustedCallers {
        if case .callers(let callers)? = value { callers } else { .none }
    }

    static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7f && !#""(),/:;<=>?@[\]{}"#.utf8.contains(byte)
            }
    }

    private mutating func tls() -> Configuration.TLS? {
        let authorities = text("tls.client_ca")
        if isGiven("tls.client"), authorities == nil {
            problems.append(.contradiction("`tls.client` needs `tls.client_ca` to check certificates with"))
        }
        switch (text("tls.certificate"), text("tls.key")) {
        case (let certificate?, let key?):
            return Configuration.TLS(
                certificate: certificate, key: key, clientAuthorities: authorities,
                requiresClient: text("tls.client") != "optional")
        case (nil, nil):
            if authorities != nil || flag("admin_tls") {
                problems.append(
                    .contradiction(
                        "`\(authorities != nil ? "tls.client_ca" : "admin_tls")` needs `tls.certificate` and "
                            + "`tls.key`"))
            }
            return nil
        default:
            problems.append(.contradiction("`tls` needs both `certificate` and `key`"))
            return nil
        }
    }

    private mutating func checkAddresses(_ listen: [ListenAddress]) {
        var seen: Set<ListenAddress> = []
        for address in listen + addresses("admin") {
            if case .tcp(_, port: 0) = address { continue }  // any free port: never the same twice
            guard seen.insert(address).inserted else {
                problems.append(.contradiction("the address \(address.text) is used twice"))
                continue
            }
        }
    }

    private func attribution() -> Configuration.Attribution? {
        guard case .callers(let callers)? = value("attribution.trust_headers") else { return nil }
        return Configuration.Attribution(
            requireTenant: flag("attribution.require_tenant"),
            defaultTenant: text("attribution.default_tenant") ?? Attribution.unattributedTenant,
            trustedCallers: callers)
    }

    private func keys(dataDirectory: String) -> Configuration.Keys {
        Configuration.Keys(
            pepper: text("keys.pepper"), previousPepper: text("keys.previous_pepper"),
            pepperFile: text("keys.pepper_file") ?? dataDirectory + "/key-pepper")
    }

    private func prices() -> [String]? {
        switch value("prices") {
        case .list(let items)?: items.compactMap { if case .text(let text) = $0 { text } else { nil } }
        case .text(let text)?: [text]
        default: nil
        }
    }

    private func limits() -> Configuration.Limits {
        func int(_ key: String) -> Int { Int(number("limits.\(key)")) }
        return Configuration.Limits(
            connections: int("connections"), requestBodyBytes: int("request_body"),
            inspectBodyBytes: min(int("inspect_body"), int("request_body")),
            heldBodiesBytes: int("held_bodies"),
            connectMilliseconds: int("connect_timeout"), responseMilliseconds: int("response_timeout"),
            idleMilliseconds: int("idle_timeout"), exchangeMilliseconds: int("exchange_timeout"),
            keepAliveMilliseconds: int("keep_alive"), drainSeconds: int("drain_seconds"),
            drainBytes: int("drain_bytes"), drains: int("drains"),
            headerMilliseconds: int("header_timeout"), bodyMilliseconds: int("body_timeout"),
            bodyRate: int("body_rate"),
            clientMilliseconds: int("client_timeout"),
            connectionsPerAddress: int("connections_per_address"))
    }

    private func budgets() -> AdmissionPolicy {
        AdmissionPolicy(
            mode: text("budgets.mode").flatMap(AdmissionPolicy.Mode.init) ?? .capped,
            outputCap: number("budgets.output_cap"), worstInput: number("budgets.worst_input"),
            worstOutput: number("budgets.worst_output"),
            unpriced: text("budgets.unpriced").flatMap(AdmissionPolicy.Unpriced.init) ?? .deny,
            away: text("budgets.database_away").flatMap(AdmissionPolicy.Away.init) ?? .closed,
            allowance: text("budgets.allowance").flatMap { BudgetAmount($0) } ?? .zero,
            releasesDead: text("budgets.dead_sidecars") == "released",
            leaseMilliseconds: max(1000, number("budgets.lease")))
    }

    private func spool() -> Configuration.Spool? {
        guard let policy = text("spool.policy").flatMap(Configuration.SpoolPolicy.init) else { return nil }
        return Configuration.Spool(
            maxBytes: Int(number("spool.max_bytes")), policy: policy,
            keepSeconds: number("spool.keep") / 1000,
            openAfterSeconds: number("spool.open_after") / 1000)
    }
}
