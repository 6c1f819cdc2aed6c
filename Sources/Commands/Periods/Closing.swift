// The work of `tollbook close`: which tenants' months are meant, what stands against closing them, and the
// two steps of closing: first the state, which no posting can pass, then statements and seals of what is
// final.
import Bookkeeping
import LedgerStore
import Terms

struct Closing {
    let month: String
    /// nil for all tenants.
    let tenant: String?
    let graceHours: Int64
    /// Parts per ten thousand of the spend.
    let unattributedLimit: Int64
    let isForced: Bool
    let isEarly: Bool

    private typealias Target = (tenant: String, month: String, period: Period)

    /// Changes nothing.
    func check(_ desk: StatementDesk) throws(Failure) -> ClosingOutcome {
        let targets = try targets(desk)
        let rows = try stored(desk)
        var found = try obstacles(desk, targets)
        found += try alterations(desk, rows)
        return ClosingOutcome(month: month, periods: rows, obstacles: found)
    }

    /// Moves the months as far as they may go.
    func close(_ desk: StatementDesk, by actor: String) throws(Failure) -> ClosingOutcome {
        let targets = try targets(desk)
        let running = targets.filter { desk.now < $0.period.until }
        guard running.isEmpty || isEarly else {
            let found = [Self.running(targets, desk.now)].compactMap(\.self)
            return ClosingOutcome(month: month, periods: [], obstacles: found, isRefused: true)
        }
        let grace = graceHours * 3600
        let isWaiting = !isEarly && targets.contains { desk.now < $0.period.until.advanced(bySeconds: grace) }
        let found = isWaiting ? [] : try obstacles(desk, targets)
        if !isWaiting, found.isEmpty || isForced { try settleTerms(desk) }
        if !found.isEmpty, !isForced {
            return ClosingOutcome(
                month: month, periods: try stored(desk), obstacles: found, isRefused: true)
        }
        do throws(LedgerError) {
            try desk.ledger.movePeriods(targets, to: isWaiting ? .closing : .closed, at: desk.now)
        } catch {
            throw Failure(error)
        }
        if !isWaiting { try sealAll(desk, targets) }
        do throws(LedgerError) {
            try desk.ledger.noteChange(
                at: desk.now, actor: actor, action: isWaiting ? "period.closing" : "period.close",
                kind: "period", object: tenant.map { "\(month) \($0)" } ?? month,
                detail: isForced && !found.isEmpty ? #"{"forced":true}"# : "{}")
        } catch {
            throw Failure(error)
        }
        return ClosingOutcome(month: month, periods: try stored(desk), obstacles: found)
    }

    /// The tenant's month, or that of every tenant known or with usage, and of everybody else.
    private func targets(_ desk: StatementDesk) throws(Failure) -> [Target] {
        var names: Set<String>
        if let tenant {
            names = [tenant]
        } else {
            let utc = try period(of: nil, desk)
            do throws(LedgerError) {
                // A day on both sides: the month of another zone begins and ends earlier or later.
                names = Set(
                    try desk.ledger.tenants(
                        since: utc.since.advanced(bySeconds: -86_400),
                        until: utc.until.advanced(bySeconds: 86_400)))
                names.formUnion(try desk.ledger.periods(month: month).map(\.tenant))
            } catch {
                throw Failure(error)
            }
            names.formUnion(desk.knownTenants)
            names.insert("")
        }
        var targets: [Target] = []
        for name in names.sorted() {
            targets.append((name, month, try period(of: name.isEmpty ? nil : name, desk)))
        }
        return targets
    }

    private func period(of tenant: String?, _ desk: StatementDesk) throws(Failure) -> Period {
        guard let period = Period(month: month, zone: try desk.zone(of: tenant)) else {
            preconditionFailure("the month was read as one")
        }
        return period
    }

    private func stored(_ desk: StatementDesk) throws(Failure) -> [StoredPeriod] {
        do throws(LedgerError) {
            return try desk.ledger.periods(month: month).filter { tenant == nil || $0.tenant == tenant }
        } catch {
            throw Failure(error)
        }
    }

    private static func running(_ targets: [Target], _ now: Instant) -> ClosingObstacle? {
        guard let last = targets.map(\.period.until).max(), now < last else { return nil }
        return ClosingObstacle(.running, count: 1, "the month ends at \(last.rfc3339)")
    }

    /// What stands against it, for the tenants together: their months differ by hours at most.
    private func obstacles(_ desk: StatementDesk, _ targets: [Target]) throws(Failure) -> [ClosingObstacle] {
        var found = [isEarly ? nil : Self.running(targets, desk.now)].compactMap(\.self)
        do throws(LedgerError) {
            let zone = try ofZone(desk)
            guard let period = Period(month: month, zone: zone) else { return found }
            var query = ReportQuery(by: [.tenant], period: period, zone: zone, book: StatementQuestion.book)
            query.basis = .own
            query.filter.tenant = tenant
            let report = try desk.ledger.report(query)
            let until = isEarly ? min(period.until, desk.now.advanced(bySeconds: -86_400)) : period.until
            found += ClosingObstacle.found(
                in: report, until: until, unattributedLimit: unattributedLimit, isWhole: tenant == nil)
        } catch {
            throw Failure(error)
        }
        return found
    }

    private func ofZone(_ desk: StatementDesk) throws(LedgerError) -> TimeZoneRules {
        do throws(Failure) { return try desk.zone(of: tenant) } catch { return .utc }
    }

    /// Sealed months whose books no longer say what was sealed.
    private func alterations(
        _ desk: StatementDesk, _ rows: [StoredPeriod]
    ) throws(Failure) -> [ClosingObstacle] {
        var found: [ClosingObstacle] = []
        for row in rows where row.sealedAt != nil {
            let name = row.tenant.isEmpty ? nil : row.tenant
            let now = try desk.statement(tenant: name, month: month).sealedTotals
            let sealed: String?
            do throws(LedgerError) {
                sealed = try desk.ledger.sealedTotals(tenant: row.tenant, month: month)
            } catch {
                throw Failure(error)
            }
            guard sealed != now else { continue }
            found.append(
                ClosingObstacle(
                    .altered, tenant: name, count: 1,
                    "the sealed totals of \(name ?? "all tenants") are not what the books say now"))
        }
        return found
    }

    /// Statements and seals of what has none yet.
    private func sealAll(_ desk: StatementDesk, _ targets: [Target]) throws(Failure) {
        let done = Set(try stored(desk).filter { $0.sealedAt != nil }.map(\.tenant))
        for target in targets where !done.contains(target.tenant) {
            let name = target.tenant.isEmpty ? nil : target.tenant
            let statement = try desk.statement(tenant: name, month: month)
            do throws(LedgerError) {
                try desk.ledger.seal([statement.seal()], at: desk.now)
            } catch {
                throw Failure(error)
            }
        }
    }
}
