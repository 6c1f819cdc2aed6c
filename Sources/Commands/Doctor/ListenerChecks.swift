// Where the sidecar listens: whether it can, what it shows there, and who may come. A sidecar that runs with
// this configuration holds its spool and its addresses; any other combination is a finding.
import Glibc
import Relay
import Spool
import Terms

enum ListenerChecks {
    static func run(_ configuration: Configuration, now: Instant) -> [DoctorCheck] {
        [addresses(configuration)] + certificate(configuration, now: now) + admin(configuration)
            + trust(configuration)
    }

    private static func addresses(_ configuration: Configuration) -> DoctorCheck {
        let holder = spoolHolder(configuration.dataDirectory + "/spool")
        var taken: [String] = []
        for address in configuration.listen + [configuration.admin].compactMap(\.self) {
            guard let hindrance = ListenerConfiguration(address.text).hindrance else { continue }
            if case .addressInUse = hindrance {
                taken.append(address.text)
            } else {
                return .fail("listen", hindrance.diagnosis.problem, remedy: hindrance.diagnosis.remedy)
            }
        }
        let all = configuration.listen.map(\.text).joined(separator: ", ")
        if let holder {
            guard taken.isEmpty else { return .ok("listen", "process \(holder) listens on \(all)") }
            return .fail(
                "listen",
                "process \(holder) uses the spool in \(configuration.dataDirectory), and nobody listens on "
                    + all,
                remedy: "give each sidecar a data_dir of its own; this one does not start meanwhile")
        }
        guard let first = taken.first else { return .ok("listen", "\(all), free") }
        return .fail(
            "listen", "another program listens on \(first)",
            remedy: "stop it, or choose another address for `listen` or `admin`")
    }

    // MARK: Certificates

    private static func certificate(_ configuration: Configuration, now: Instant) -> [DoctorCheck] {
        guard let identity = configuration.identity else { return [] }
        let facts: CertificateFacts
        do throws(RelayError) { facts = try identity.facts() } catch {
            return [.fail("certificate", error.diagnosis.problem, remedy: error.diagnosis.remedy)]
        }
        let end = Instant(microseconds: facts.notAfter &* 1_000_000).rfc3339
        let days = (facts.notAfter - now.seconds) / 86_400
        if days < DoctorLimits.certificateDays {
            return [
                .warn(
                    "certificate", "\(facts.file) (\(facts.subject)) ends in \(days) days, at \(end)",
                    remedy: "put a new one in its place; a running `serve` takes it over")
            ]
        }
        return [.ok("certificate", "\(facts.subject), until \(end)")]
    }

    // MARK: Who may come

    private static func admin(_ configuration: Configuration) -> [DoctorCheck] {
        guard let admin = configuration.admin, case .tcp(let host, _) = admin,
            configuration.process.adminToken == nil, !isLoopback(host)
        else { return [] }
        return [
            .warn(
                "admin",
                "\(admin.text) answers whoever reaches it: tenants, models and amounts are on /metrics",
                remedy: "listen on 127.0.0.1, or set admin_token")
        ]
    }

    private static func isLoopback(_ host: String) -> Bool {
        guard let bytes = Network.bytes(of: host) else { return host == "localhost" }
        return Network.loopback.contains { $0.contains(bytes) }
    }

    private static func trust(_ configuration: Configuration) -> [DoctorCheck] {
        let networks = configuration.attribution.trustedCallers.networks
        guard let wide = networks.first(where: { $0.bits == 0 }) else { return [] }
        let words = wide.address.count == 4 ? "0.0.0.0/0" : "::/0"
        return [
            .warn(
                "trust",
                "attribution.trust_headers has \(words): whoever reaches the listener names its tenant",
                remedy: "name the networks of your own gateways, and give others keys")
        ]
    }
}
