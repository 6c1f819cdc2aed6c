// Where statements are made: looks up the tenant's zone and terms, the price books of the month and its
// budgets, and asks the ledger in one snapshot. A closed month is not made again: what was stored when it was
// closed is handed out as it is.
import Bookkeeping
import LedgerStore
import Reporting
import Terms

struct StatementDesk {
    let ledger: LedgerStore
    let now: Instant
    private let terms: [String: TenantTerms]

    init(_ ledger: LedgerStore, now: Instant) throws(LedgerError) {
        self.ledger = ledger
        self.now = now
        terms = try ledger.tenantTerms()
    }

    /// Tenants with a row of their own.
    var knownTenants: [String] { terms.keys.sorted() }

    /// The zone in which a tenant's months begin; UTC for all tenants together.
    func zone(of tenant: String?) throws(Failure) -> TimeZoneRules {
        let name = tenant.flatMap { terms[$0]?.timezone } ?? "UTC"
        if let rules = ZoneFiles.rules(name) { return rules }
        throw Failure(
            .unavailable,
            Diagnosis(
                code: "time.unknown-zone", problem: "'\(name.visible)' is no time zone of this system",
                effect: "nothing was reported: the month would begin at the wrong hour",
                remedy: "install the zone files (`apt-get install tzdata`), or give the tenant another zone"))
    }

    /// The tenant's own row of the month, or the one that stands for everybody without one.
    func stored(_ tenant: String?, _ month: String) throws(LedgerError) -> StoredPeriod? {
        let rows = try ledger.periods(month: month)
        return rows.first { $0.tenant == tenant ?? "" } ?? rows.first { $0.tenant.isEmpty }
    }

    /// The statement in a notation: the stored one of a closed month, else a new one.
    func written(
        tenant: String?, month: String, format: Format, columns: Int?
    ) throws(Failure) -> String {
        do throws(LedgerError) {
            let stored = try ledger.sealedStatement(
                tenant: tenant ?? "", month: month, format: format.rawValue)
            if let stored { return stored }
        } catch {
            throw Failure(error)
        }
        let statement = try statement(tenant: tenant, month: month)
        if statement.question.state == .closed {
            // Closed and not yet asked for: from now on it is this. Who may only read gets it all the same.
            try? ledger.seal([statement.seal()], at: now)
            return statement.written(format, columns: nil)
        }
        return statement.written(format, columns: columns)
    }

    /// In which a tenant's amounts are.
    func currency(of tenant: String) -> String { terms[tenant]?.currency ?? "USD" }

    /// Makes the statement from the books as they are.
    func statement(tenant: String?, month: String) throws(Failure) -> Statement {
        let zone = try zone(of: tenant)
        do throws(LedgerError) {
            let row = try stored(tenant, month)
            // The bounds of a month that began to close stay, whatever becomes of the tenant's zone.
            let kept = row.flatMap { $0.tenant == tenant ?? "" ? $0.period : nil }
            let rules = kept.flatMap { ZoneFiles.rules($0.timezone) } ?? zone
            guard let period = kept ?? Period(month: month, zone: rules) else {
                throw .unreadable(what: "a month \(month)")
            }
            var question = StatementQuestion(
                tenant: tenant, month: month, period: period, zone: rules, now: now)
            question.state = row?.state ?? .open
            question.costCenters = terms.compactMapValues(\.costCenter)
            question.budgets = try budgets(of: tenant, asOf: question.isRunning ? nil : period.until)
            return try ledger.snapshot { () throws(LedgerError) in
                question.priceBooks = try priceBooks(of: period)
                question.keyNames = try ledger.keyNames()
                question.labels = try ledger.rollupLabelNames()
                question.seal = try ledger.sealHeads().first { $0.tenant == tenant ?? "" }.map { head in
                    StatementSeal(number: head.number, day: head.day, mac: head.mac.hexadecimal)
                }
                return try Statement(question, from: ledger)
            }
        } catch {
            throw Failure(error)
        }
    }

    /// Those that name the tenant, or all, with the limit at a time: a month that has ended has those that
    /// were in force at its end. One whose zone this system does not know cannot be counted and is left to
    /// `tollbook budget list`, which says so.
    private func budgets(of tenant: String?, asOf end: Instant?) throws(LedgerError) -> [StatementBudget] {
        let last = Instant(microseconds: (end ?? now).microseconds - 1)
        return try ledger.budgets(at: last, asOf: end).compactMap { stored in
            guard tenant == nil || stored.budget.scope.tenant == tenant, !stored.budget.isRateLimit,
                let zone = ZoneFiles.rules(stored.budget.window.timezone)
            else { return nil }
            return StatementBudget(stored.budget, limit: stored.limit(at: last), zone: zone)
        }
    }

    /// Versions in force at some time of the period, in the order in which they came.
    private func priceBooks(of period: Period) throws(LedgerError) -> [String] {
        let marks = try ledger.priceBookMarks().sorted { $0.ordinal < $1.ordinal }
        let before = marks.last { $0.recordedAt < period.since }
        let within = marks.filter { period.contains($0.recordedAt) }
        // A book that was loaded after the month may have priced what was rated late.
        let after = before == nil && within.isEmpty ? marks.first : nil
        var versions: [String] = []
        for mark in [before, after].compactMap(\.self) + within where !versions.contains(mark.version) {
            versions.append(mark.version)
        }
        return versions
    }
}

extension Statement {
    func written(_ format: Format, columns: Int?) -> String {
        switch format {
        case .text: page.text(columns: columns)
        case .markdown: page.markdown
        case .csv: csv
        case .json, .jsonl: json
        case .html: page.html
        }
    }
}

extension LedgerOptions {
    /// Like ``withLedger(in:_:)``, for work that may fail otherwise than in the ledger.
    func withDesk<Value>(
        in world: World, _ work: (StatementDesk) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        var failure: Failure?
        var value: Value?
        try withLedger(in: world) { ledger throws(LedgerError) in
            let desk = try StatementDesk(ledger, now: world.clock())
            do throws(Failure) {
                value = try work(desk)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let value else { preconditionFailure("the work neither failed nor gave a value") }
        return value
    }
}

extension Arguments {
    /// `--month 2026-10`; nil when it is not given.
    func month() throws(UsageError) -> String? {
        try value("--month", expected: "a month such as 2026-10") { text in
            let first = text.utf8.count == 7 ? CivilDate(text + "-01") : nil
            return first.flatMap { (1900..<9000).contains($0.year) ? text : nil }
        }
    }
}
