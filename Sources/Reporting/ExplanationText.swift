import Bookkeeping
import Rating
import Terms

// The explanation as a page: every amount is `quantity × rate / per`, so a pocket calculator can follow.

extension RecordExplanation {
    /// - Parameter considered: list the prices that were not taken as well.
    public func text(considered showsConsidered: Bool, columns: Int?) -> String {
        var text = head + "\n"
        text += "What the provider reported\n  \(stored.record.usage.rawUsage?.visible ?? "nothing")\n"
        if !stored.record.usage.anomalies.isEmpty {
            let words = stored.record.usage.anomalies.map(\.rawValue).joined(separator: ", ")
            text += "  anomalies: \(words)\n"
        }
        if let estimate = stored.record.usage.estimate { text += "  " + Self.sentence(estimate) + "\n" }
        text += "\nWhat was counted and charged\n"
        text += lines.isEmpty ? "  nothing\n" : table.text(columns: columns).indented
        text += sums + sources + (showsConsidered ? "" : choice)
        if showsConsidered { text += "\n" + candidates(columns: columns) }
        return text
    }

    private var head: String {
        let record = stored.record
        let usage = record.usage
        let status = usage.httpStatus == 0 ? "none" : "HTTP \(usage.httpStatus)"
        var lines = [
            ("record", record.id.text),
            ("occurred", "\(record.occurredAt.rfc3339), booked \(stored.bookedAt.rfc3339)"),
            (
                "tenant",
                record.attribution.tenant.visible
                    + (record.attribution.user.isEmpty ? "" : ", user \(record.attribution.user.visible)")
            ),
            ("call", "\(usage.provider) \(usage.api) through upstream \(record.upstream)"),
            ("model", (usage.model ?? "not stated").visible + asked),
            ("answer", "\(status), \(usage.completeness.rawValue)"),
            ("usage", usage.status.rawValue),
        ]
        if let reason = usage.notBillable { lines.append(("billable", "no: \(reason.rawValue)")) }
        return lines.map { name, value in
            name + String(repeating: " ", count: 10 - name.count) + value + "\n"
        }.joined()
    }

    private var asked: String {
        let usage = stored.record.usage
        guard let requested = usage.modelRequested, requested != usage.model else { return "" }
        return ", asked for \(requested.visible)"
    }

    private static func sentence(_ estimate: Estimate) -> String {
        func side(_ point: Int64?, _ upper: Int64?, _ name: String) -> String? {
            guard let point else { return nil }
            return "\(point.grouped) \(name) tokens" + (upper.map { " (at most \($0.grouped))" } ?? "")
        }
        let sides = [
            side(estimate.inputTokens, estimate.upperInputTokens, "input"),
            side(estimate.outputTokens, estimate.upperOutputTokens, "output"),
        ].compactMap { $0 }
        return "estimated by \(estimate.method): "
            + (sides.isEmpty ? "nothing" : sides.joined(separator: ", "))
    }

    private var table: TextTable {
        let severalModels = Set(stored.entries.map(\.model)).count > 1
        let corrected = stored.entries.contains { $0.correctionOf != nil }
        let noted = lines.contains { !note(on: $0).isEmpty }
        let currencies = Set(stored.entries.filter { $0.amount != nil }.map(\.currency.code))
        let mixed = currencies.count > 1
        var columns = [TextTable.Column("#", numeric: true)]
        if severalModels { columns.append(TextTable.Column("model")) }
        if corrected { columns.append(TextTable.Column("entry")) }
        columns += [
            .init("meter"), .init("quantity", numeric: true), .init("× rate / units"),
            .init("amount", unit: mixed ? "" : currencies.first ?? "", numeric: true), .init("rate"),
        ]
        if mixed { columns.append(TextTable.Column("currency")) }
        if noted { columns.append(TextTable.Column("note")) }
        var table = TextTable(columns)
        table.rows = lines.map { line in
            let entry = line.entry
            var cells = [String(entry.number)]
            if severalModels { cells.append(entry.model.isEmpty ? "-" : entry.model) }
            if corrected { cells.append(kind(of: entry)) }
            let book = entry.book == .list ? "" : " (\(entry.book.rawValue))"
            cells += [
                entry.meter.rawValue, entry.quantity.grouped, calculation(of: line),
                entry.amount?.plain ?? "unpriced", entry.rateID.isEmpty ? "-" : entry.rateID + book,
            ]
            if mixed { cells.append(entry.currency.code) }
            return noted ? cells + [note(on: line)] : cells
        }
        return table
    }

    private func kind(of entry: Entry) -> String {
        entry.kind.rawValue + (entry.correctionOf.map { " of \($0)" } ?? "")
    }

    /// `× 1.25 / 1,000,000`.
    private func calculation(of line: Line) -> String {
        if let rule = line.rule { return rule.text }
        guard let rate = line.rate, let price = line.price else { return "-" }
        var text = "× \(rate.amount.plain)"
        if price.multiply.text != "1" { text += " × \(price.multiply.text)" }
        return rate.per == 1 ? text : text + " / \(rate.per.grouped)"
    }

    /// What the numbers alone do not say.
    private func note(on line: Line) -> String {
        let entry = line.entry
        var notes: [String] = []
        let components = stored.record.usage.components
        if components.indices.contains(entry.component),
            let reading = components[entry.component].readings.first(where: { $0.meter == entry.meter }),
            reading.status != .reported
        {
            notes.append(reading.status.rawValue)
        }
        if entry.kind == .unpriced { notes.append("no rate") }
        if entry.kind == .free { notes.append("not charged") }
        if line.missingBook { notes.append("rate not at hand") }
        if entry.rounded { notes.append("rounded half to even") }
        if let converted = line.converted { notes.append(converted.words) }
        if let original = line.rate?.sameAs { notes.append("as \(original.rawValue)") }
        return notes.joined(separator: ", ")
    }

    private var sums: String {
        let cost = stored.cost
        let amounts = Book.allCases.map { book in
            let currency = stored.standing.first { $0.counts(in: book) && ($0.amount ?? .zero) != .zero }
            let code = (currency?.currency.code ?? stored.charges.first?.currency.code).map { " \($0)" } ?? ""
            return "\(book.rawValue) \(cost[book].map { $0.plain + code } ?? "unpriced")"
        }
        return "\nSum\n  " + amounts.joined(separator: ", ") + "\n  \(cell)\n" + corrections + "\n"
    }

    private var sources: String {
        var text = "Where the rates come from\n"
        var seen: Set<String> = []
        for line in lines {
            let entry = line.entry
            guard !entry.rateID.isEmpty, seen.insert("\(entry.rateID) \(entry.priceVersion)").inserted else {
                continue
            }
            text += "  \(entry.rateID), price book \(entry.priceVersion)\n"
            if let rule = line.rule {
                text += "    contract \(rule.contract): \(rule.text), \(rule.book.rawValue) book\n"
                text += "    valid from \(rule.from.date.iso8601)"
                text += rule.until.map { " until \($0.date.iso8601)\n" } ?? "\n"
                if let conversion = line.converted?.conversion {
                    text += "    converted by \(conversion.id), \(conversion.source ?? "no source"), "
                    text += "checked \(conversion.checked?.iso8601 ?? "never")\n"
                }
                continue
            }
            guard let price = line.price else {
                text += "    this price book is not in the ledger\n"
                continue
            }
            text += "    \(price.source ?? "no source"), checked \(price.checked?.iso8601 ?? "never")\n"
            text += "    valid from \(price.from.date.iso8601)"
            text += price.until.map { " until \($0.date.iso8601)" } ?? ""
            text += price.when.text.isEmpty ? "\n" : " when \(price.when.text)\n"
        }
        if seen.isEmpty { text += "  no rate was applied\n" }
        return text
    }

    private func candidates(columns: Int?) -> String {
        var text = "Prices that name the model\n"
        for explanation in considered {
            var table = TextTable([.init("price"), .init("why")])
            table.rows = explanation.candidates.map { [$0.entry.id, $0.verdict.words] }
            let name = "\(explanation.provider) \(explanation.model)".visible
            text += "  component \(explanation.component): \(name)\n"
            text += table.rows.isEmpty ? "  no price names it\n" : table.text(columns: columns).indented
        }
        return text
    }
}

extension String {
    fileprivate var indented: String {
        split(separator: "\n").map { "  \($0)\n" }.joined()
    }
}
