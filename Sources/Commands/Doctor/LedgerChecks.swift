import Bookkeeping
import LedgerStore
import Postgres
import Rating
import Reporting
import Terms

/// What can be checked once the database answers; each check stands for itself.
enum LedgerChecks {
    /// - Parameter probes: whether to try out what the database can do.
    static func run(_ configuration: Configuration, probes: Bool, now: Instant) -> [DoctorCheck] {
        let database: Database
        do throws(Failure) {
            database = try Database.open(configuration, migrate: false)
        } catch {
            return error.diagnoses.map { .fail("database", $0.problem, remedy: $0.remedy) }
        }
        defer { database.close() }
        let probed = probes ? CapabilityProbes.run(database.conninfo) : []
        return checks(database.conninfo, configuration, now: now) + probed
            + (probes ? statements(database.conninfo, now: now) : [])
    }

    /// The ledger's own statements, where there is a ledger.
    private static func statements(_ conninfo: String, now: Instant) -> [DoctorCheck] {
        do throws(LedgerError) {
            let ledger = try LedgerStore.open(conninfo)
            return try ledger.schemaState().isUsable ? StatementProbes.run(ledger, now: now) : []
        } catch {
            // What hinders this is told by the checks before.
            return []
        }
    }

    private static func checks(
        _ conninfo: String, _ configuration: Configuration, now: Instant
    ) -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        do throws(LedgerError) {
            let ledger = try LedgerStore.open(conninfo)
            checks.append(connection(conninfo, now: now))
            let state = try ledger.schemaState()
            guard state.isUsable else {
                return checks + [.fail("schema", state.diagnosis.problem, remedy: state.diagnosis.remedy)]
            }
            checks.append(.ok("schema", state.diagnosis.problem))
            checks += LedgerRights.run(conninfo, now: now)
            checks += LedgerRights.others(configuration)
            checks += try sidecars(ledger, now: now)
            checks.append(AccessChecks.run(configuration, state: try ledger.accessState(), now: now))
            checks += try SpoolChecks.conflicts(ledger, now: now)
            checks.append(try prices(ledger, configuration, now: now))
            checks += try pricesOfUpstreams(ledger, configuration)
            checks.append(try unpriced(ledger, now: now))
            return checks
        } catch {
            // What was found before stands.
            return checks + [.fail("database", error.diagnosis.problem, remedy: error.diagnosis.remedy)]
        }
    }

    /// The server's version, and its clock against ours.
    private static func connection(_ conninfo: String, now: Instant) -> DoctorCheck {
        do throws(PostgresError) {
            let connection = try Connection.open(conninfo)
            let version = connection.serverVersion
            let text = "PostgreSQL \(version / 10_000).\(version % 10_000)"
            let server = try connection.run(
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
            ).withRow(0) { row throws(PostgresError) in Instant(microseconds: try row.integer()) }
            let skew = abs(server.seconds - now.seconds)
            if version < 150_000 {
                return .fail("database", text, remedy: "use PostgreSQL 15 or later")
            }
            if skew > DoctorLimits.clockSkew {
                return .warn(
                    "database", "\(text); its clock and this one are \(skew) s apart",
                    remedy: "synchronise both clocks (`timedatectl set-ntp true`)")
            }
            return .ok("database", text)
        } catch {
            return .fail(
                "database", error.message, remedy: "check that PostgreSQL runs and `database:` names it")
        }
    }

    private static func sidecars(_ ledger: LedgerStore, now: Instant) throws(LedgerError) -> [DoctorCheck] {
        let instances = try ledger.instances()
        if instances.isEmpty { return [.ok("sidecars", "none has posted yet")] }
        var checks: [DoctorCheck] = []
        for instance in instances {
            let missing = instance.gaps.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 }
            if missing > 0, let first = instance.gaps.first {
                let text = "\(counted(missing, "record")) missing, from number \(first.lowerBound)"
                let remedy = "look into its data directory: `tollbook spool status`, and the log of that time"
                checks.append(.fail("sidecars", "\(instance.instance): \(text)", remedy: remedy))
            }
            guard let note = instance.note else { continue }
            let silence = now.seconds - note.reportedAt.seconds
            if note.backlog > 0, silence > DoctorLimits.silence {
                let backlog = counted(note.backlog, "record")
                let text = "\(instance.instance) holds \(backlog), last heard \(silence.grouped) s ago"
                let remedy = "start `tollbook serve` on its data directory again"
                checks.append(.warn("sidecars", text, remedy: remedy))
            }
        }
        if checks.count > DoctorLimits.named {
            let rest = checks.count - DoctorLimits.named
            checks =
                checks.prefix(DoctorLimits.named) + [
                    .warn(
                        "sidecars", "\(rest) more findings", remedy: "see tollbook.instance in the database")
                ]
        }
        return checks.isEmpty ? [.ok("sidecars", "\(instances.count), no record missing")] : checks
    }

    private static func prices(
        _ ledger: LedgerStore, _ configuration: Configuration, now: Instant
    ) throws(LedgerError) -> DoctorCheck {
        let configured: PriceBook
        do throws(Failure) {
            configured = try configuration.priceBook()
        } catch {
            return .fail("prices", error.diagnoses[0].problem, remedy: error.diagnoses[0].remedy)
        }
        guard let stored = try ledger.currentPriceBook() else {
            return .ok(
                "prices",
                "no book in the ledger yet; the first `tollbook serve` puts \(configured.version) there")
        }
        guard let book = stored.book else {
            return .fail(
                "prices", "book \(stored.mark.version) in the ledger cannot be read by this version",
                remedy: "use the version of tollbook that loaded it, or a later one")
        }
        if stored.mark.version != configured.version {
            return .warn(
                "prices",
                "book \(stored.mark.version) is in force, the configured files are \(configured.version)",
                remedy: "the ledger's book counts; make prices: agree with it")
        }
        let newest = book.entries.compactMap(\.checked).max()
        guard let newest else {
            return .warn(
                "prices", "no price names the day of its last check", remedy: "run `tollbook prices check`")
        }
        let age = now.date.daysSinceEpoch - newest.daysSinceEpoch
        if age > DoctorLimits.priceAge {
            return .warn(
                "prices", "book \(book.version) was last compared with its sources \(newest.iso8601)",
                remedy: "update the price files; see `tollbook prices check`")
        }
        return .ok("prices", "book \(book.version), \(book.entries.count) prices, checked \(newest.iso8601)")
    }

    /// Upstreams of a provider that no price names, so that all their calls would be unpriced.
    private static func pricesOfUpstreams(
        _ ledger: LedgerStore, _ configuration: Configuration
    ) throws(LedgerError) -> [DoctorCheck] {
        let stored = try ledger.currentPriceBook()?.book
        guard let book = stored ?? (try? configuration.priceBook()) else { return [] }
        let priced = Set(book.entries.map(\.provider))
        let bare = configuration.upstreams.filter { !priced.contains(SidecarUpstream($0).provider) }
        return bare.map { upstream in
            .warn(
                "prices",
                "no price is for \(SidecarUpstream(upstream).provider), the provider of upstream "
                    + upstream.name,
                remedy: "name its provider in upstreams.\(upstream.name).provider, or add a price file for it"
            )
        }
    }

    private static func unpriced(_ ledger: LedgerStore, now: Instant) throws(LedgerError) -> DoctorCheck {
        let since = now.advanced(bySeconds: -DoctorLimits.unpricedDays * 86_400)
        guard let period = Period(since: since, until: now.advanced(bySeconds: 1)) else {
            return .ok("unpriced", "nothing")
        }
        let report = try ledger.report(ReportQuery(by: [.provider, .model], period: period))
        let rows = report.rows.filter { $0.figures.unpricedRequests > 0 }
            .sorted { $0.figures.unpricedRequests > $1.figures.unpricedRequests }
        if rows.isEmpty {
            return .ok("unpriced", "every model of the last \(DoctorLimits.unpricedDays) days has a price")
        }
        let names = rows.prefix(DoctorLimits.named).map { row in
            let model = row.keys.filter { !$0.isEmpty }.joined(separator: " ")
            return "\(model) (\(counted(row.figures.unpricedRequests, "request")))"
        }
        let more = rows.count > names.count ? " and \(rows.count - names.count) more" : ""
        return .warn(
            "unpriced", names.joined(separator: ", ") + more,
            remedy: "add prices for them; `tollbook report --by provider,model` shows their tokens")
    }
}
